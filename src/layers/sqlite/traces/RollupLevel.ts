import type { Dimensions } from "../../../services/store/rollup.ts"

const MINUTE = 60_000
const HOUR = 3_600_000

/**
 * A rollup is kept four times, so that each question finds one with few rows: by minute and by hour, and both with and
 * without subjects, of which there are many.
 */
export interface RollupLevel {
  readonly level: number
  readonly stepMs: number
  readonly bySubject: boolean
  /** Steps read in one go: about ten thousand rows, and ten milliseconds, of twenty models and 200 subjects. */
  readonly stepsAtOnce: number
}

export const MINUTES: RollupLevel = { level: 0, stepMs: MINUTE, bySubject: false, stepsAtOnce: 90 }
export const HOURS: RollupLevel = { level: 1, stepMs: HOUR, bySubject: false, stepsAtOnce: 90 }
export const MINUTES_BY_SUBJECT: RollupLevel = { level: 2, stepMs: MINUTE, bySubject: true, stepsAtOnce: 10 }
export const HOURS_BY_SUBJECT: RollupLevel = { level: 3, stepMs: HOUR, bySubject: true, stepsAtOnce: 1 }

export const LEVELS: ReadonlyArray<RollupLevel> = [MINUTES, HOURS, MINUTES_BY_SUBJECT, HOURS_BY_SUBJECT]

/** Where a request is counted on a level. */
export const placeOn = ({ bySubject, level, stepMs }: RollupLevel, start: number, dimensions: Dimensions) => ({
  level,
  at: Math.floor(start / stepMs) * stepMs,
  model: dimensions.model,
  provider: dimensions.provider,
  result: dimensions.result,
  subject: bySubject ? dimensions.subject : ""
})

/** A range of time and the level that it is read from. */
export interface Reading {
  readonly level: RollupLevel
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

/**
 * What to read for `from` to `to`, in order and without overlap: whole hours from the hours where the step allows it,
 * and before `minutesFrom`, where minutes by subject are gone, from the hours whatever the step.
 */
export const readingsOf = (
  from: number,
  to: number,
  stepMs: number,
  bySubject: boolean,
  minutesFrom: number
): ReadonlyArray<Reading> => {
  const minutes = bySubject ? MINUTES_BY_SUBJECT : MINUTES
  const hours = bySubject ? HOURS_BY_SUBJECT : HOURS
  const gone = bySubject ? Math.min(minutesFrom, to) : 0
  const readings: Array<Reading> = []
  const read = (level: RollupLevel, first: number, last: number) => {
    if (first < last) readings.push({ level, from: first, to: last })
  }
  const start = Math.max(from, gone)
  if (from < gone) read(hours, Math.floor(from / HOUR) * HOUR, gone)
  if (stepMs % HOUR !== 0) {
    read(minutes, start, to)
    return readings
  }
  const firstHour = Math.ceil(start / HOUR) * HOUR
  const lastHour = Math.floor(to / HOUR) * HOUR
  if (firstHour >= lastHour) read(minutes, start, to)
  else {
    read(minutes, start, firstHour)
    read(hours, firstHour, lastHour)
    read(minutes, lastHour, to)
  }
  return readings
}

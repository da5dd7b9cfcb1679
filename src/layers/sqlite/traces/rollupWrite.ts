import type { DatabaseSync } from "node:sqlite"
import { type Dimensions, dimensionsOf, Rollup } from "../../../services/store/rollup.ts"
import type { TraceSummary } from "../../../services/store/TraceSummary.ts"
import { query } from "../spool/query.ts"
import { LEVELS, MINUTES_BY_SUBJECT, placeOn, type RollupLevel } from "./RollupLevel.ts"

interface Counted {
  readonly at: number
  readonly dimensions: Dimensions
  readonly rollup: Rollup
}

/** Gives the function that counts a batch on all levels; to be called in a transaction. */
export const rollupWriter = (database: DatabaseSync) => {
  const add = query(
    database,
    `INSERT INTO rollups VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, errors = errors + excluded.errors,
         inputTokens = inputTokens + excluded.inputTokens, outputTokens = outputTokens + excluded.outputTokens,
         cost = cost + excluded.cost, latency = ${merged("latency")}, timeToFirstToken = ${merged("timeToFirstToken")}`
  )
  return (summaries: ReadonlyArray<TraceSummary>): void => {
    const finest = finestOf(summaries)
    for (const level of LEVELS) {
      for (const { at, dimensions, rollup } of level === MINUTES_BY_SUBJECT ? finest : coarser(finest, level)) {
        add.run(
          level.level,
          at,
          dimensions.model,
          dimensions.provider,
          dimensions.result,
          dimensions.subject,
          rollup.requests,
          rollup.errors,
          rollup.inputTokens,
          rollup.outputTokens,
          rollup.cost,
          rollup.latency.toBytes(),
          rollup.timeToFirstToken.toBytes()
        )
      }
    }
  }
}

// Whoever does not stream measures no first token: most of these are empty.
const merged = (sketch: string): string =>
  `CASE WHEN length(excluded.${sketch}) = 0 THEN ${sketch} ELSE merge_sketches(${sketch}, excluded.${sketch}) END`

/** Each request is counted once, and the other levels from these counts. */
const finestOf = (summaries: ReadonlyArray<TraceSummary>): ReadonlyArray<Counted> => {
  const counted = new Map<string, Counted>()
  for (const summary of summaries) {
    entry(counted, MINUTES_BY_SUBJECT, summary.start, dimensionsOf(summary)).rollup.add(summary)
  }
  return [...counted.values()]
}

const coarser = (finest: ReadonlyArray<Counted>, level: RollupLevel): Iterable<Counted> => {
  const counted = new Map<string, Counted>()
  for (const { at, dimensions, rollup } of finest) entry(counted, level, at, dimensions).rollup.mergeRollup(rollup)
  return counted.values()
}

const entry = (counted: Map<string, Counted>, level: RollupLevel, start: number, dimensions: Dimensions): Counted => {
  const { at, model, provider, result, subject } = placeOn(level, start, dimensions)
  const key = `${at}\0${result}\0${model}\0${provider}\0${subject}`
  const known = counted.get(key)
  if (known !== undefined) return known
  const fresh = { at, dimensions: { model, provider, result, subject }, rollup: new Rollup() }
  counted.set(key, fresh)
  return fresh
}

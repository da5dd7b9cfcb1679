import { type Dimensions, groupOf, Rollup, type RollupCounts } from "./rollup.ts"
import type { GroupBy, Series, TopRequest, TopRow } from "./TraceQuery.ts"

/** A stored rollup and where it belongs. */
export interface PlacedRollup extends Dimensions, RollupCounts {
  /** Unix milliseconds. */
  readonly at: number
  readonly latency: Uint8Array
  /** `null`: nothing was measured. */
  readonly timeToFirstToken: Uint8Array | null
}

const LINES = 10
const OTHER = "other"

class Line {
  readonly group: string
  readonly points = new Map<number, Rollup>()
  requests = 0

  constructor(group: string) {
    this.group = group
  }

  add(at: number, rollup: PlacedRollup): void {
    let point = this.points.get(at)
    if (point === undefined) {
      point = new Rollup()
      this.points.set(at, point)
    }
    point.merge(rollup, rollup.latency, rollup.timeToFirstToken)
    this.requests += rollup.requests
  }

  /** All points as one. */
  total(): Rollup {
    const total = new Rollup()
    for (const point of this.points.values()) total.mergeRollup(point)
    return total
  }
}

/** Adds up rollups, in any order, to the lines of a chart. */
export class Chart {
  readonly #stepMs: number
  readonly #groupBy: GroupBy | undefined
  readonly #lines = new Map<string, Line>()

  constructor(stepMs: number, groupBy: GroupBy | undefined) {
    this.#stepMs = stepMs
    this.#groupBy = groupBy
  }

  add(rollup: PlacedRollup): void {
    const group = groupOf(rollup, this.#groupBy)
    let line = this.#lines.get(group)
    if (line === undefined) {
      line = new Line(group)
      this.#lines.set(group, line)
    }
    line.add(Math.floor(rollup.at / this.#stepMs) * this.#stepMs, rollup)
  }

  /** The ten lines with the most requests, and the rest as one. */
  series(): Series {
    const ordered = [...this.#lines.values()].sort((a, b) => b.requests - a.requests || compare(a.group, b.group))
    const lines = ordered.slice(0, LINES)
    const rest = ordered.slice(LINES)
    if (rest.length > 0) lines.push(together(rest))
    return {
      stepMs: this.#stepMs,
      lines: lines.map((line) => ({
        group: line.group,
        total: line.total().measures(),
        points: [...line.points].sort(([a], [b]) => a - b).map(([at, rollup]) => ({ at, ...rollup.measures() }))
      }))
    }
  }

  /** The first groups by what is asked, ties by name. */
  top(orderBy: TopRequest["orderBy"], limit: number): ReadonlyArray<TopRow> {
    return [...this.#lines.values()]
      .map((line) => ({ group: line.group, rollup: line.total() }))
      .sort((a, b) => b.rollup.by(orderBy) - a.rollup.by(orderBy) || compare(a.group, b.group))
      .slice(0, limit)
      .map(({ group, rollup }) => ({ group, ...rollup.measures() }))
  }
}

const together = (lines: ReadonlyArray<Line>): Line => {
  const other = new Line(OTHER)
  for (const { points } of lines) {
    for (const [at, rollup] of points) {
      const point = other.points.get(at) ?? new Rollup()
      other.points.set(at, point)
      point.mergeRollup(rollup)
    }
  }
  return other
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

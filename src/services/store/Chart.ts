import { type Dimensions, groupOf, Rollup, type RollupCounts } from "./rollup.ts"
import type { GroupBy, Measures, Series, TopRequest, TopRow } from "./TraceQuery.ts"

/** A stored rollup and where it belongs. */
export interface PlacedRollup extends Dimensions, RollupCounts {
  /** Unix milliseconds. */
  readonly at: number
  readonly latency: Uint8Array
  /** `null`: nothing was measured. */
  readonly timeToFirstToken: Uint8Array | null
}

interface Point extends Measures {
  readonly at: number
}

const LINES = 10
const OTHER = "other"

/** A group's points, one after the other: a sketch takes a kilobyte, so that only one of a line is kept. */
class Line {
  readonly group: string
  readonly points: Array<Point> = []
  /** All settled points as one. */
  readonly total = new Rollup()
  readonly #open = new Rollup()
  #at: number | undefined

  constructor(group: string) {
    this.group = group
  }

  add(at: number, rollup: PlacedRollup): void {
    if (at !== this.#at) this.settle()
    this.#at = at
    this.#open.merge(rollup, rollup.latency, rollup.timeToFirstToken)
  }

  settle(): void {
    if (this.#at === undefined) return
    this.points.push({ at: this.#at, ...this.#open.measures() })
    this.total.mergeRollup(this.#open)
    this.#open.clear()
    this.#at = undefined
  }
}

/** Adds up rollups, which come in the order of time, to the lines of a chart. */
export class Chart {
  readonly #stepMs: number
  readonly #groupBy: GroupBy | undefined
  readonly #leading: ReadonlySet<string> | undefined
  readonly #lines = new Map<string, Line>()
  readonly #other = new Line(OTHER)

  /** `leading`: the groups that have a line of their own, the others have one together. All have one without. */
  constructor(stepMs: number, groupBy: GroupBy | undefined, leading?: ReadonlySet<string>) {
    this.#stepMs = stepMs
    this.#groupBy = groupBy
    this.#leading = leading
  }

  add(rollup: PlacedRollup): void {
    this.#lineOf(groupOf(rollup, this.#groupBy)).add(Math.floor(rollup.at / this.#stepMs) * this.#stepMs, rollup)
  }

  /** The lines with the most requests first, what is left at last. */
  series(): Series {
    const lines = this.#settled().sort((a, b) => b.total.requests - a.total.requests || compare(a.group, b.group))
    this.#other.settle()
    if (this.#other.points.length > 0) lines.push(this.#other)
    return {
      stepMs: this.#stepMs,
      lines: lines.map(({ group, points, total }) => ({ group, total: total.measures(), points }))
    }
  }

  /** The first groups by what is asked, ties by name. */
  top(orderBy: TopRequest["orderBy"], limit: number): ReadonlyArray<TopRow> {
    return this.#settled()
      .sort((a, b) => b.total.by(orderBy) - a.total.by(orderBy) || compare(a.group, b.group))
      .slice(0, limit)
      .map(({ group, total }) => ({ group, ...total.measures() }))
  }

  #lineOf(group: string): Line {
    if (this.#leading?.has(group) === false) return this.#other
    const known = this.#lines.get(group)
    if (known !== undefined) return known
    const line = new Line(group)
    this.#lines.set(group, line)
    return line
  }

  #settled(): Array<Line> {
    const lines = [...this.#lines.values()]
    for (const line of lines) line.settle()
    return lines
  }
}

/** The ten groups with the most requests, ties by name. */
export const leadingGroups = (requests: ReadonlyMap<string, number>): ReadonlySet<string> =>
  new Set(
    [...requests]
      .sort(([a, ofA], [b, ofB]) => ofB - ofA || compare(a, b))
      .slice(0, LINES)
      .map(([group]) => group)
  )

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

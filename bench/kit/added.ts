import type { Contestant } from "./Contestant.ts"
import { type OpenLoop, type OpenLoopOptions, openLoop } from "./generators.ts"
import { inRounds } from "./rounds.ts"
import { median, number, quantile, spread } from "./statistics.ts"

const SHARES = [0.5, 0.99, 0.999] as const

/** Milliseconds that a percentile lies over the same percentile without a gateway, round by round. */
export interface Added {
  readonly p50: ReadonlyArray<number>
  readonly p99: ReadonlyArray<number>
  readonly p999: ReadonlyArray<number>
}

export interface OverDirect {
  readonly added: (contestant: Contestant, of: keyof Omit<OpenLoop, "failed">) => Added
  /** A line of a table: name, then p50, p99, p99.9 of the calls without a gateway, or what was added to them. */
  readonly row: (contestant: Contestant, of: keyof Omit<OpenLoop, "failed">) => ReadonlyArray<string>
  readonly failed: number
}

/** Measures all at a constant rate in alternating rounds, and compares each with the first, which has no gateway. */
export const overDirect = async (
  direct: Contestant,
  others: ReadonlyArray<Contestant>,
  rounds: number,
  options: OpenLoopOptions
): Promise<OverDirect> => {
  const found = await inRounds([direct, ...others], rounds, async (contestant) => {
    const turn = await openLoop(contestant, options)
    await contestant.settled?.()
    return turn
  })
  const turns = (contestant: Contestant) => found.get(contestant) ?? []

  const added: OverDirect["added"] = (contestant, of) => {
    const over = (share: number) =>
      turns(contestant).map((turn, round) => {
        const bare = turns(direct)[round]?.[of] ?? []
        return quantile(turn[of], share) - quantile(bare, share)
      })
    return { p50: over(0.5), p99: over(0.99), p999: over(0.999) }
  }

  const row: OverDirect["row"] = (contestant, of) => {
    if (contestant === direct) {
      const of_ = (share: number) => number(median(turns(direct).map((turn) => quantile(turn[of], share))), 2)
      return [direct.name, ...SHARES.map(of_)]
    }
    const { p50, p99, p999 } = added(contestant, of)
    return [contestant.name, ...[p50, p99, p999].map((each) => spread(each, 2, "exceptZero"))]
  }

  const failed = [...found.values()].flat().reduce((sum, turn) => sum + turn.failed, 0)
  return { added, row, failed }
}

/** What failed requests say of all the other numbers. */
export const noneFailed = (what: string, failed: number) => ({
  what: `${what}, requests without a whole 200`,
  target: "none",
  measured: String(failed),
  ok: failed === 0
})

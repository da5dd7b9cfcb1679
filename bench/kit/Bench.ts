import type { Tool } from "./tools.ts"

/** How much to spend: more of both is less noise. */
export interface Effort {
  /** How often each contestant has its turn. */
  readonly rounds: number
  /** One turn. */
  readonly seconds: number
}

export interface Table {
  readonly title: string
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<string>>
}

/** A measurement beside the target that DESIGN gives it. */
export interface Finding {
  readonly what: string
  readonly target: string
  readonly measured: string
  readonly ok: boolean
}

export interface Report {
  readonly tables: ReadonlyArray<Table>
  readonly findings: ReadonlyArray<Finding>
  /** What a reader must know to trust the numbers. */
  readonly notes: ReadonlyArray<string>
}

/** One question, and how it is answered. */
export interface Bench {
  readonly name: string
  readonly question: string
  readonly tools: ReadonlyArray<Tool>
  /** About two minutes all told. */
  readonly effort: Effort
  /** A miss fails the run: it says that something is wrong, not only slow. */
  readonly strict?: boolean
  readonly run: (effort: Effort) => Promise<Report>
}

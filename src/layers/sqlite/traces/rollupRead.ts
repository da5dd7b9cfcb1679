import type { DatabaseSync } from "node:sqlite"
import type { RollupCounts } from "../../../services/store/rollup.ts"
import type { RollupFilter } from "../../../services/store/TraceQuery.ts"
import type { TraceResult } from "../../../services/store/TraceSummary.ts"
import { query } from "../spool/query.ts"
import type { Reading } from "./RollupLevel.ts"

export interface RollupRow extends RollupCounts {
  readonly at: number
  readonly model: string
  readonly provider: string
  readonly subject: string
  readonly result: TraceResult
  readonly latency: Uint8Array
  readonly timeToFirstToken: Uint8Array
}

/** Gives the functions that read rollups. */
export const rollupReader = (database: DatabaseSync) => {
  const select = query<RollupRow>(
    database,
    `SELECT at, model, provider, subject, result, requests, errors, inputTokens, outputTokens, cost, latency,
       timeToFirstToken FROM rollups
       WHERE level = ? AND at >= ? AND at < ? AND (?4 IS NULL OR model = ?4) AND (?5 IS NULL OR provider = ?5)
         AND (?6 IS NULL OR subject = ?6) AND (?7 IS NULL OR result = ?7)`
  )
  const ends = query<{ first: number | null; last: number | null }>(
    database,
    `SELECT (SELECT at FROM rollups WHERE level = ?1 ORDER BY at LIMIT 1) AS first,
       (SELECT at FROM rollups WHERE level = ?1 ORDER BY at DESC LIMIT 1) AS last`
  )
  return {
    /** The range cut to what there is, or none. */
    clip: ({ from, level, to }: Reading): Reading | undefined => {
      const { first, last } = ends.get(level.level) ?? { first: null, last: null }
      if (first === null || last === null) return undefined
      const clipped = { level, from: Math.max(from, first), to: Math.min(to, last + level.stepMs) }
      return clipped.from < clipped.to ? clipped : undefined
    },
    rows: ({ from, level, to }: Reading, { model, provider, result, subject }: RollupFilter): Iterable<RollupRow> =>
      select.iterate(level.level, from, to, model ?? null, provider ?? null, subject ?? null, result ?? null)
  }
}

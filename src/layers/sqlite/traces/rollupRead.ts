import type { DatabaseSync } from "node:sqlite"
import type { PlacedRollup } from "../../../services/store/Chart.ts"
import type { GroupBy, RollupFilter } from "../../../services/store/TraceQuery.ts"
import type { TraceResult } from "../../../services/store/TraceSummary.ts"
import { query } from "../spool/query.ts"
import type { Reading } from "./RollupLevel.ts"

interface GroupRequests {
  readonly group: string
  readonly requests: number
}

export interface RollupRow extends PlacedRollup {
  readonly result: TraceResult
}

/** As text: a blob costs an allocation outside of the heap, a third of all that a row does. */
type HexRow = Omit<RollupRow, "latency" | "timeToFirstToken"> & {
  readonly latency: string
  readonly timeToFirstToken: string
}

const WHERE = `WHERE level = ? AND at >= ? AND at < ? AND (?4 IS NULL OR model = ?4) AND (?5 IS NULL OR provider = ?5)
  AND (?6 IS NULL OR subject = ?6) AND (?7 IS NULL OR result = ?7)`

const valuesOf = ({ from, level, to }: Reading, { model, provider, result, subject }: RollupFilter) =>
  [level.level, from, to, model ?? null, provider ?? null, subject ?? null, result ?? null] as const

/** Gives the functions that read rollups, in the order of time. */
export const rollupReader = (database: DatabaseSync) => {
  const select = query<HexRow>(
    database,
    `SELECT at, model, provider, subject, result, requests, errors, inputTokens, outputTokens, cost,
       hex(latency) AS latency, hex(timeToFirstToken) AS timeToFirstToken FROM rollups ${WHERE} ORDER BY level, at`
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
    requests: (reading: Reading, filter: RollupFilter, groupBy: GroupBy): ReadonlyArray<GroupRequests> =>
      query<GroupRequests>(
        database,
        `SELECT ${groupBy} AS "group", sum(requests) AS requests FROM rollups ${WHERE} GROUP BY 1`
      ).all(...valuesOf(reading, filter)),
    /** The bytes of a row are overwritten by the next. */
    *rows(reading: Reading, filter: RollupFilter): Generator<RollupRow> {
      for (const row of select.iterate(...valuesOf(reading, filter))) {
        // Not spread: rows have no prototype, and are slow to copy.
        yield {
          at: row.at,
          model: row.model,
          provider: row.provider,
          subject: row.subject,
          result: row.result,
          requests: row.requests,
          errors: row.errors,
          inputTokens: row.inputTokens,
          outputTokens: row.outputTokens,
          cost: row.cost,
          latency: bytesOf(row.latency, LATENCY),
          timeToFirstToken: bytesOf(row.timeToFirstToken, FIRST_TOKEN)
        }
      }
    }
  }
}

/** Two bytes for the distance of a bucket, of which there are 1200, and eight for its count. */
const LARGEST = 16_384
const LATENCY = Buffer.alloc(LARGEST)
const FIRST_TOKEN = Buffer.alloc(LARGEST)

const bytesOf = (hex: string, into: Buffer): Uint8Array =>
  hex === "" ? EMPTY : into.subarray(0, into.write(hex, "hex"))

const EMPTY = new Uint8Array()

import type { DatabaseSync } from "node:sqlite"
import { dimensionsOf, Rollup } from "../../../services/store/rollup.ts"
import { searchableContent } from "../../../services/store/searchTerms.ts"
import type { StoredTrace, TraceSummary } from "../../../services/store/TraceSummary.ts"
import { query } from "../spool/query.ts"
import { command } from "./command.ts"
import { LEVELS, placeOn } from "./RollupLevel.ts"
import { encodeSpans } from "./storedBody.ts"
import { idOf } from "./traceId.ts"
import { COLUMNS, valuesOf } from "./traceRow.ts"

/** A trace in the form that it is written in: all work that needs no database is done. */
export interface PreparedTrace {
  readonly summary: TraceSummary
  readonly values: ReadonlyArray<string | number | null>
  readonly body: Uint8Array
  readonly words: string
}

export const prepareTrace = ({ spans, summary }: StoredTrace): PreparedTrace => ({
  summary,
  values: valuesOf(summary),
  body: encodeSpans(spans),
  words: searchableContent(spans).toLowerCase()
})

export const FINISH = "finish"
export const metadataLabel = (key: string): string => `metadata.${key}`
/** Longer ones cannot be asked for. */
const LABEL_LENGTH = 256

/** Gives the function that appends a batch; to be called in a transaction. */
export const appender = (database: DatabaseSync) => {
  const known = query<{ id: number }>(database, "SELECT id FROM traces WHERE traceId = ? AND spanId = ?")
  const taken = query<{ id: number }>(database, "SELECT id FROM traces WHERE id = ?")
  const insert = command(
    database,
    `INSERT INTO traces (id, ${COLUMNS.join(", ")}) VALUES (?, ${COLUMNS.map(() => "?").join(", ")})`
  )
  const insertSpans = command(database, "INSERT INTO spans VALUES (?, ?)")
  const insertLabel = command(database, "INSERT INTO labels VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
  const insertWords = command(database, "INSERT INTO words (rowid, content) VALUES (?, ?)")
  const count = command(database, "UPDATE account SET traces = traces + ?")
  const addRollup = command(
    database,
    `INSERT INTO rollups VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, errors = errors + excluded.errors,
         inputTokens = inputTokens + excluded.inputTokens, outputTokens = outputTokens + excluded.outputTokens,
         cost = cost + excluded.cost, latency = merge_sketches(latency, excluded.latency),
         timeToFirstToken = merge_sketches(timeToFirstToken, excluded.timeToFirstToken)`
  )

  const freeId = (start: number): number => {
    let id = idOf(start)
    while (taken.get(id) !== undefined) id += 1
    return id
  }

  const insertTrace = ({ body, summary, values }: PreparedTrace): number => {
    const id = freeId(summary.start)
    insert.run(id, ...values)
    insertSpans.run(id, body)
    for (const reason of summary.finishReasons) {
      if (reason.length <= LABEL_LENGTH) insertLabel.run(FINISH, reason, id)
    }
    for (const [key, value] of Object.entries(summary.metadata)) {
      if (key.length <= LABEL_LENGTH && value.length <= LABEL_LENGTH) insertLabel.run(metadataLabel(key), value, id)
    }
    return id
  }

  const writeRollups = (summaries: ReadonlyArray<TraceSummary>): void => {
    for (const level of LEVELS) {
      const rollups = new Map<string, { readonly key: ReturnType<typeof placeOn>; readonly rollup: Rollup }>()
      for (const summary of summaries) {
        const key = placeOn(level, summary.start, dimensionsOf(summary))
        const name = JSON.stringify(key)
        const entry = rollups.get(name) ?? { key, rollup: new Rollup() }
        rollups.set(name, entry)
        entry.rollup.add(summary)
      }
      for (const { key, rollup } of rollups.values()) {
        addRollup.run(
          key.level,
          key.at,
          key.model,
          key.provider,
          key.result,
          key.subject,
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

  return (traces: ReadonlyArray<PreparedTrace>): void => {
    const fresh: Array<{ readonly id: number; readonly trace: PreparedTrace }> = []
    for (const trace of traces) {
      if (known.get(trace.summary.traceId, trace.summary.spanId) !== undefined) continue
      fresh.push({ id: insertTrace(trace), trace })
    }
    // FTS5 writes out all it holds whenever a row id is not greater than the one before.
    for (const { id, trace } of fresh.toSorted((a, b) => a.id - b.id)) {
      if (trace.words !== "") insertWords.run(id, trace.words)
    }
    writeRollups(fresh.map(({ trace }) => trace.summary))
    count.run(fresh.length)
  }
}

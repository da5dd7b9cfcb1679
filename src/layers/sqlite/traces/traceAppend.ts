import type { DatabaseSync } from "node:sqlite"
import { searchableContent } from "../../../services/store/searchTerms.ts"
import type { StoredTrace, TraceSummary } from "../../../services/store/TraceSummary.ts"
import { query } from "../spool/query.ts"
import { rollupWriter } from "./rollupWrite.ts"
import { SpanPack } from "./SpanPack.ts"
import { idOf } from "./traceId.ts"
import { COLUMNS, valuesOf } from "./traceRow.ts"
import { wordHashes } from "./wordHashes.ts"
import { wordWriter } from "./wordWriter.ts"

/** A trace in the form that it is written in. */
export interface PreparedTrace {
  readonly summary: TraceSummary
  readonly values: ReadonlyArray<string | number | null>
  /** Where its spans begin in the pack, and how many they are. */
  readonly spanAt: number
  readonly spanCount: number
  readonly words: Uint32Array
}

/** Traces whose spans are compressed together: all work that needs no database is done. */
export interface PreparedPack {
  readonly traces: ReadonlyArray<PreparedTrace>
  readonly spans: Uint8Array
}

/** The next traces from `at` on, as many as a pack takes. */
export const preparePack = (traces: ReadonlyArray<StoredTrace>, at: number): PreparedPack => {
  const pack = new SpanPack()
  const prepared: Array<PreparedTrace> = []
  for (let next = at; next < traces.length && !pack.full; next++) {
    const trace = traces[next]
    if (trace === undefined) break
    const { spans, summary } = trace
    prepared.push({
      summary,
      values: valuesOf(summary),
      spanAt: pack.add(spans),
      spanCount: spans.length,
      words: wordHashes(searchableContent(spans))
    })
  }
  return { traces: prepared, spans: pack.toBytes() }
}

export const FINISH = "finish"
export const metadataLabel = (key: string): string => `metadata.${key}`
/** Longer ones cannot be asked for. */
const LABEL_LENGTH = 256

/** Gives the function that appends a batch; to be called in a transaction. */
export const appender = (database: DatabaseSync) => {
  const known = query<{ id: number }>(database, "SELECT id FROM traces WHERE traceId = ? AND spanId = ?")
  const taken = query<{ id: number }>(database, "SELECT id FROM traces WHERE id = ?")
  const insert = query(
    database,
    `INSERT INTO traces (id, pack, spanAt, spanCount, ${COLUMNS.join(", ")})
       VALUES (?, ?, ?, ?, ${COLUMNS.map(() => "?").join(", ")})`
  )
  const insertSpans = query(database, "INSERT INTO spans VALUES (?, ?)")
  const insertLabel = query(database, "INSERT INTO labels VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
  const words = wordWriter(database)
  const count = query(database, "UPDATE account SET traces = traces + ?")
  const addRollups = rollupWriter(database)

  /** Those that are not stored yet, each once, with free ids. */
  const placed = (traces: ReadonlyArray<PreparedTrace>): ReadonlyMap<number, PreparedTrace> => {
    const placed = new Map<number, PreparedTrace>()
    const names = new Set<string>()
    for (const trace of traces) {
      const { spanId, start, traceId } = trace.summary
      const name = `${traceId} ${spanId}`
      if (names.has(name) || known.get(traceId, spanId) !== undefined) continue
      let id = idOf(start)
      while (placed.has(id) || taken.get(id) !== undefined) id += 1
      names.add(name)
      placed.set(id, trace)
    }
    return placed
  }

  const insertTrace = (id: number, pack: number, { spanAt, spanCount, summary, values, words: hashes }: PreparedTrace): void => {
    insert.run(id, pack, spanAt, spanCount, ...values)
    words.add(id, hashes)
    for (const reason of summary.finishReasons) {
      if (reason.length <= LABEL_LENGTH) insertLabel.run(FINISH, reason, id)
    }
    for (const [key, value] of Object.entries(summary.metadata)) {
      if (key.length <= LABEL_LENGTH && value.length <= LABEL_LENGTH) insertLabel.run(metadataLabel(key), value, id)
    }
  }

  return (packs: ReadonlyArray<PreparedPack>): void => {
    const stored: Array<TraceSummary> = []
    for (const { spans, traces } of packs) {
      const fresh = placed(traces)
      if (fresh.size === 0) continue
      const pack = Math.max(...fresh.keys())
      insertSpans.run(pack, spans)
      for (const [id, trace] of fresh) {
        insertTrace(id, pack, trace)
        stored.push(trace.summary)
      }
    }
    addRollups(stored)
    count.run(stored.length)
  }
}

import type { DatabaseSync } from "node:sqlite"
import { searchableContent } from "../../../services/store/searchTerms.ts"
import type { StoredTrace, TraceSummary } from "../../../services/store/TraceSummary.ts"
import { release } from "../../system/release.ts"
import { query } from "../spool/query.ts"
import { rollupWriter } from "./rollupWrite.ts"
import { SpanPack } from "./SpanPack.ts"
import { termHashes } from "./termHashes.ts"
import { termWriter } from "./termWriter.ts"
import { idOf, PLACES } from "./traceId.ts"
import { labelsOf } from "./traceLabels.ts"
import { type NamedTrace, traceNames } from "./traceNames.ts"
import { COLUMNS, valuesOf } from "./traceRow.ts"

/** A trace in the form that it is written in. */
export interface PreparedTrace {
  readonly summary: TraceSummary
  readonly values: ReadonlyArray<string | number | null>
  /** Where its spans begin in the pack, and how many they are. */
  readonly spanAt: number
  readonly spanCount: number
  readonly terms: Int32Array
}

/** Traces whose spans are compressed together: all work that needs no database is done. */
export interface PreparedPack {
  readonly traces: ReadonlyArray<PreparedTrace>
  readonly spans: Uint8Array
}

/** The next traces, as many as a pack takes; nothing after the last. */
export const preparePack = (traces: Iterator<StoredTrace>): PreparedPack | undefined => {
  const pack = new SpanPack()
  const prepared: Array<PreparedTrace> = []
  while (!pack.full) {
    const next = traces.next()
    if (next.done === true) break
    const { spans, summary } = next.value
    prepared.push({
      summary,
      values: valuesOf(summary),
      spanAt: pack.add(spans),
      spanCount: spans.length,
      terms: termHashes(searchableContent(spans), labelsOf(summary))
    })
  }
  return prepared.length === 0 ? undefined : { traces: prepared, spans: pack.toBytes() }
}

interface NamedRow {
  readonly id: number
  readonly traceId: string
  readonly spanId: string
}

/** Gives the function that appends a batch; to be called in a transaction. */
export const appender = (database: DatabaseSync) => {
  const rowsFrom = query<NamedRow>(database, "SELECT id, traceId, spanId FROM traces WHERE id >= ? AND id < ?")
  const insert = query(
    database,
    `INSERT INTO traces (id, pack, spanAt, spanCount, ${COLUMNS.join(", ")})
       VALUES (?, ?, ?, ?, ${COLUMNS.map(() => "?").join(", ")})`
  )
  const insertPack = query(database, "INSERT INTO packs VALUES (?, ?)")
  const terms = termWriter(database)
  const names = traceNames(database)
  const count = query(database, "UPDATE account SET traces = traces + ?")
  const addRollups = rollupWriter(database)

  /**
   * Rows that may be in the way of a request, or be its own: one that comes again began when it began, so that no index
   * of names has to be looked into.
   */
  const beside = (id: number, placed: number): ReadonlyArray<NamedRow> => {
    const rows = rowsFrom.all(id, id + PLACES)
    return rows.length + placed < PLACES ? rows : [...rows, ...beside(id + PLACES, placed)]
  }

  /** Those that are not stored yet, each once, with free ids. */
  const placed = (traces: ReadonlyArray<PreparedTrace>): ReadonlyMap<number, PreparedTrace> => {
    const placed = new Map<number, PreparedTrace>()
    const names = new Set<string>()
    for (const trace of traces) {
      const { spanId, start, traceId } = trace.summary
      const name = `${traceId} ${spanId}`
      let id = idOf(start)
      const near = beside(id, placed.size)
      if (names.has(name) || near.some((row) => row.traceId === traceId && row.spanId === spanId)) continue
      const taken = new Set(near.map((row) => row.id))
      while (placed.has(id) || taken.has(id)) id += 1
      names.add(name)
      placed.set(id, trace)
    }
    return placed
  }

  return (packs: ReadonlyArray<PreparedPack>): void => {
    const stored: Array<TraceSummary> = []
    const named: Array<NamedTrace> = []
    for (const { spans, traces } of packs) {
      const fresh = placed(traces)
      if (fresh.size === 0) continue
      const pack = Math.max(...fresh.keys())
      insertPack.run(pack, spans)
      release(spans)
      for (const [id, trace] of fresh) {
        insert.run(id, pack, trace.spanAt, trace.spanCount, ...trace.values)
        terms.add(id, trace.terms)
        release(trace.terms)
        stored.push(trace.summary)
        named.push({ id, traceId: trace.summary.traceId })
      }
    }
    names.add(named)
    addRollups(stored)
    count.run(stored.length)
  }
}

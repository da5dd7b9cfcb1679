import { DatabaseSync } from "node:sqlite"
import { query } from "./query.ts"

interface LogRow {
  readonly sequence: number
  readonly published_at: number
  readonly spans: number
  readonly bytes: number
  readonly captured: number
}

interface ConsumerRow {
  readonly name: string
  readonly settled_spans: number
  readonly captured_before: number
  readonly delivered: number
  readonly rejected: number
  readonly dead_lettered: number
}

interface DroppedRow {
  readonly consumer: string
  readonly reason: string
  readonly spans: number
}

/** The accounts of a spool, without its frames. */
export interface Ledgers {
  readonly log: LogRow
  readonly consumers: ReadonlyArray<ConsumerRow>
  readonly dropped: ReadonlyArray<DroppedRow>
}

/** Reads the accounts from a damaged file, as far as that still can be done: all of them or none. */
export const readLedgers = (path: string): Ledgers | undefined => {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0, defensive: false })
    // Lets SQLite into a file that ends before its header says it does.
    database.exec("PRAGMA writable_schema = ON")
    const log = query<LogRow>(database, "SELECT * FROM log WHERE id = 1").get()
    if (log === undefined) return undefined
    return {
      log,
      consumers: query<ConsumerRow>(database, "SELECT * FROM consumers").all(),
      dropped: query<DroppedRow>(database, "SELECT * FROM dropped").all()
    }
  } catch {
    return undefined
  } finally {
    database?.close()
  }
}

/** Opens the accounts again in a fresh file: every consumer at the log's end, and what was queued for it dropped. */
export const carryOver = (database: DatabaseSync, ledgers: Ledgers | undefined, lastSequence: number): void => {
  if (ledgers === undefined) {
    query(database, "UPDATE log SET sequence = ?").run(lastSequence)
    return
  }
  const { log, consumers, dropped } = ledgers
  const sequence = Math.max(log.sequence, lastSequence)
  database.exec("BEGIN")
  query(database, "UPDATE log SET sequence = ?, published_at = ?, spans = ?, bytes = ?, captured = ?").run(
    sequence,
    log.published_at,
    log.spans,
    log.bytes,
    log.captured
  )
  const insertConsumer = query(database, "INSERT INTO consumers VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
  const insertDropped = query(
    database,
    "INSERT INTO dropped VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET spans = spans + excluded.spans"
  )
  for (const row of dropped) insertDropped.run(row.consumer, row.reason, row.spans)
  for (const row of consumers) {
    insertConsumer.run(
      row.name,
      sequence,
      log.spans,
      log.bytes,
      row.captured_before,
      row.delivered,
      row.rejected,
      row.dead_lettered
    )
    const queued = log.spans - row.settled_spans
    if (queued > 0) insertDropped.run(row.name, "corrupt", queued)
  }
  database.exec("COMMIT")
}

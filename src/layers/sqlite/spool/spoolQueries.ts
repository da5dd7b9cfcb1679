import type { DatabaseSync } from "node:sqlite"
import { query } from "./query.ts"
import type { Removal } from "./Removal.ts"

/** A frame's row without its payload. */
export interface FrameMeta {
  readonly sequence: number
  readonly published_at: number
  readonly events: number
  readonly spans: number
  readonly bytes: number
  readonly spans_through: number
  readonly bytes_through: number
  readonly checksum: number
}

export interface LogRow {
  readonly sequence: number
  readonly published_at: number
  readonly spans: number
  readonly bytes: number
  readonly captured: number
  readonly removed_sequence: number
  readonly removed_spans: number
  readonly removed_bytes: number
  readonly removed_for: Removal
}

export interface ConsumerRow {
  readonly cursor: number
  readonly settled_spans: number
  readonly settled_bytes: number
  readonly captured_before: number
  readonly delivered: number
  readonly rejected: number
  readonly dead_lettered: number
}

const META = "sequence, published_at, events, spans, bytes, spans_through, bytes_through, checksum"

export type SpoolQueries = ReturnType<typeof prepareSpool>

/** The spool's statements, prepared once. */
export const prepareSpool = (database: DatabaseSync) => ({
  freePages: query<{ freelist_count: number }>(database, "PRAGMA freelist_count"),

  log: query<LogRow>(database, "SELECT * FROM log WHERE id = 1"),
  setLog: query(database, "UPDATE log SET sequence = ?, published_at = ?, spans = ?, bytes = ?, captured = ?"),
  addCaptured: query(database, "UPDATE log SET captured = captured + ?"),
  setRemoved: query(
    database,
    "UPDATE log SET removed_sequence = ?, removed_spans = ?, removed_bytes = ?, removed_for = ?"
  ),

  insert: query(database, `INSERT INTO frames (${META}, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
  after: query<FrameMeta>(database, `SELECT ${META} FROM frames WHERE sequence > ? ORDER BY sequence`),
  payload: query<{ payload: Uint8Array }>(database, "SELECT payload FROM frames WHERE sequence = ?"),
  place: query<FrameMeta>(database, `SELECT ${META} FROM frames WHERE sequence = ?`),
  oldest: query<FrameMeta>(database, `SELECT ${META} FROM frames WHERE sequence > ? ORDER BY sequence LIMIT 1`),
  lastBefore: query<FrameMeta>(
    database,
    `SELECT * FROM (SELECT ${META} FROM frames ORDER BY sequence LIMIT ?) WHERE published_at < ? ORDER BY sequence DESC LIMIT 1`
  ),
  /** The first frame with so many bytes up to it, where some consumer has settled it. */
  settledUpTo: query<FrameMeta>(
    database,
    `SELECT * FROM (SELECT ${META} FROM frames WHERE bytes_through >= ? ORDER BY sequence LIMIT 1)
       WHERE sequence <= (SELECT max(cursor) FROM consumers)`
  ),
  deleteThrough: query(database, "DELETE FROM frames WHERE sequence <= ?"),
  deleteSettled: query(
    database,
    "DELETE FROM frames WHERE sequence <= ifnull((SELECT min(cursor) FROM consumers), (SELECT sequence FROM log))"
  ),

  consumers: query<{ name: string }>(database, "SELECT name FROM consumers ORDER BY name"),
  consumer: query<ConsumerRow>(database, "SELECT * FROM consumers WHERE name = ?"),
  /** `null` when there is no consumer. */
  settled: query<{ bytes: number | null }>(database, "SELECT min(settled_bytes) AS bytes FROM consumers"),
  addConsumer: query(database, "INSERT INTO consumers VALUES (?, ?, ?, ?, ?, 0, 0, 0) ON CONFLICT DO NOTHING"),
  removeConsumer: query(database, "DELETE FROM consumers WHERE name = ?"),
  settle: query(
    database,
    `UPDATE consumers SET cursor = ?, settled_spans = ?, settled_bytes = ?, delivered = delivered + ?,
       rejected = rejected + ?, dead_lettered = dead_lettered + ? WHERE name = ?`
  ),

  dropped: query<{ reason: string; spans: number }>(database, "SELECT reason, spans FROM dropped WHERE consumer = ?"),
  drop: query(
    database,
    "INSERT INTO dropped VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET spans = spans + excluded.spans"
  ),
  dropForAll: query(
    database,
    `INSERT INTO dropped SELECT name, ?, ? FROM consumers WHERE true
       ON CONFLICT DO UPDATE SET spans = spans + excluded.spans`
  ),
  removeDropped: query(database, "DELETE FROM dropped WHERE consumer = ?")
})

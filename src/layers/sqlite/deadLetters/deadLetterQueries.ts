import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"

/** A letter's row without its frame. */
export interface LetterRow {
  readonly id: number
  readonly destination: string
  readonly trace_id: string
  readonly root_span_id: string
  readonly reason: string
  readonly answer: string | null
  readonly refused_at: number
  readonly refusals: number
  readonly spans: number
  readonly span_ids: string
  readonly bytes: number
  readonly replay: number
}

export interface AccountRow {
  readonly destination: string
  readonly letters: number
  readonly bytes: number
  readonly buried: number
  readonly stored: number
  readonly replayed: number
  readonly rejected: number
  readonly purged: number
  readonly full: number
  readonly expired: number
}

const META =
  "id, destination, trace_id, root_span_id, reason, answer, refused_at, refusals, spans, span_ids, bytes, replay"

/** Absent values select everything; ids are a JSON array. */
const SELECTED = "(?1 IS NULL OR destination = ?1) AND (?2 IS NULL OR id IN (SELECT value FROM json_each(?2)))"

export type DeadLetterQueries = ReturnType<typeof prepareDeadLetters>

/** The store's statements, prepared once. */
export const prepareDeadLetters = (database: DatabaseSync) => ({
  find: query<LetterRow>(
    database,
    `SELECT ${META} FROM letters WHERE destination = ? AND trace_id = ? AND root_span_id = ?`
  ),
  insert: query(
    database,
    `INSERT INTO letters (destination, trace_id, root_span_id, reason, answer, refused_at, refusals, spans, span_ids,
       bytes, replay, frame) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, 0, ?)`
  ),
  replace: query(
    database,
    `UPDATE letters SET reason = ?, answer = ?, refused_at = ?, refusals = refusals + 1, spans = ?, span_ids = ?,
       bytes = ?, replay = 0, frame = ? WHERE id = ?`
  ),
  refusedAgain: query(
    database,
    "UPDATE letters SET reason = ?, answer = ?, refused_at = ?, refusals = refusals + 1, replay = 0 WHERE id = ?"
  ),
  delete: query(database, "DELETE FROM letters WHERE id = ?"),

  list: query<LetterRow>(
    database,
    `SELECT ${META} FROM letters WHERE ${SELECTED} ORDER BY refused_at DESC, id DESC LIMIT ?3`
  ),
  get: query<LetterRow & { readonly frame: Uint8Array }>(database, `SELECT ${META}, frame FROM letters WHERE id = ?`),
  mark: query<never>(database, `UPDATE letters SET replay = 1 WHERE replay = 0 AND ${SELECTED}`),
  countSelected: query<{ letters: number }>(database, `SELECT count(*) AS letters FROM letters WHERE ${SELECTED}`),
  selected: query<LetterRow>(database, `SELECT ${META} FROM letters WHERE ${SELECTED} ORDER BY id LIMIT ?3`),
  marked: query<LetterRow & { readonly frame: Uint8Array }>(
    database,
    `SELECT ${META}, frame FROM letters WHERE destination = ? AND replay = 1 ORDER BY id`
  ),
  oldestOf: query<LetterRow>(
    database,
    `SELECT ${META} FROM letters WHERE destination = ? ORDER BY refused_at, id LIMIT 1`
  ),
  olderThan: query<LetterRow>(database, `SELECT ${META} FROM letters WHERE refused_at < ? LIMIT ?`),

  accounts: query<AccountRow>(database, "SELECT * FROM accounts ORDER BY destination"),
  total: query<{ bytes: number | null }>(database, "SELECT sum(bytes) AS bytes FROM accounts"),
  largest: query<{ destination: string }>(database, "SELECT destination FROM accounts ORDER BY bytes DESC LIMIT 1"),
  open: query(database, "INSERT INTO accounts VALUES (?, 0, 0, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING"),
  /** Letters, bytes, spans buried; then the destination. */
  credit: query(
    database,
    `UPDATE accounts SET letters = letters + ?1, bytes = bytes + ?2, buried = buried + ?3, stored = stored + ?3
       WHERE destination = ?4`
  ),
  /** Letters, bytes, and spans by where they go: replayed, rejected, purged, full, expired; then the destination. */
  debit: query(
    database,
    `UPDATE accounts SET letters = letters - ?1, bytes = bytes - ?2, stored = stored - ?3 - ?4 - ?5 - ?6 - ?7,
       replayed = replayed + ?3, rejected = rejected + ?4, purged = purged + ?5, full = full + ?6,
       expired = expired + ?7 WHERE destination = ?8`
  ),
  freePages: query<{ freelist_count: number }>(database, "PRAGMA freelist_count")
})

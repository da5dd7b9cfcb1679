import type { DatabaseSync } from "node:sqlite"
import type { EntityKind } from "../../../services/config/entities.ts"
import {
  AUDIT_RETENTION,
  type AuditEntry,
  type StoredChange,
  type StoredEntity
} from "../../../services/store/RevisionLog.ts"
import { query } from "../spool/query.ts"

export interface RevisionRow {
  readonly revision: number
  readonly at: number
  readonly author: string
  readonly note: string
}

export interface ChangeRow {
  readonly revision: number
  readonly kind: EntityKind
  readonly name: string
  readonly action: StoredChange["action"]
}

export type ConfigQueries = ReturnType<typeof prepareConfig>

/** The log's statements, prepared once. */
export const prepareConfig = (database: DatabaseSync) => ({
  epoch: query<{ at: number }>(database, "SELECT at FROM epoch"),
  head: query<{ head: number | null }>(database, "SELECT max(revision) AS head FROM revisions"),
  /** Beside max(), SQLite gives the other columns of the row that has it. */
  entitiesAt: query<StoredEntity>(
    database,
    `SELECT kind, name, body, max(revision) AS revision FROM versions WHERE revision <= ?
       GROUP BY kind, name HAVING body IS NOT NULL ORDER BY kind, name`
  ),
  addRevision: query(database, "INSERT INTO revisions VALUES (?, ?, ?, ?)"),
  addVersion: query(
    database,
    "INSERT INTO versions (kind, name, revision, action, place, body) VALUES (?, ?, ?, ?, ?, ?)"
  ),
  revisions: query<RevisionRow>(
    database,
    "SELECT revision, at, author, note FROM revisions WHERE revision < ? ORDER BY revision DESC LIMIT ?"
  ),
  changes: query<ChangeRow>(
    database,
    "SELECT revision, kind, name, action FROM versions WHERE revision BETWEEN ? AND ? ORDER BY revision, place"
  ),
  reseal: query(
    database,
    "UPDATE versions SET body = ? WHERE kind = ? AND name = ? AND revision = ? AND body IS NOT NULL"
  ),
  keep: query(database, "INSERT INTO kept VALUES (?, ?) ON CONFLICT DO UPDATE SET text = excluded.text"),
  kept: query<{ text: string }>(database, "SELECT text FROM kept WHERE name = ?"),
  audit: query(database, "INSERT INTO audit (at, actor, action, target, detail) VALUES (?, ?, ?, ?, ?)"),
  forgetOld: query(database, "DELETE FROM audit WHERE at < ?"),
  /** The entry that was just written has the greatest id. */
  forgetBeyond: query(
    database,
    `DELETE FROM audit WHERE id <= (
       SELECT CASE WHEN max(id) % ${AUDIT_RETENTION.countedEvery} = 0 THEN
         (SELECT id FROM audit ORDER BY id DESC LIMIT 1 OFFSET ${AUDIT_RETENTION.entries})
       END FROM audit)`
  ),
  forgetRepeated: query(
    database,
    `DELETE FROM audit WHERE actor = ? AND action = ? AND id <=
       (SELECT id FROM audit WHERE actor = ? AND action = ? ORDER BY id DESC LIMIT 1 OFFSET ${AUDIT_RETENTION.ofOneKind})`
  ),
  auditLog: query<AuditEntry>(
    database,
    "SELECT id, at, actor, action, target, detail FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?"
  )
})

import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"

/** One step for each version of the schema, the first from an empty file. Published ones are never changed. */
const migrations: ReadonlyArray<string> = [
  `
  -- When the database was created, Unix milliseconds.
  CREATE TABLE epoch (at INTEGER NOT NULL) STRICT;
  INSERT INTO epoch VALUES (CAST(unixepoch('subsec') * 1000 AS INTEGER));

  CREATE TABLE revisions (
    revision INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    note TEXT NOT NULL
  ) STRICT;

  -- What an entity was from a revision on; its body is null from where it was deleted.
  CREATE TABLE versions (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    action TEXT NOT NULL,
    -- Among the changes of its revision, as they were given.
    place INTEGER NOT NULL,
    body TEXT,
    PRIMARY KEY (kind, name, revision)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX versions_by_revision ON versions (revision, place);

  CREATE TABLE kept (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_by_time ON audit (at, id);
  `,
  "CREATE INDEX audit_by_kind ON audit (actor, action, id)"
]

/** Of a program that is older than the database. */
export class NewerSchema extends Error {}

/** Brings the schema to this program's version; of several that start at once, one does it. */
export const migrate = (database: DatabaseSync): void => {
  if (versionOf(database) === migrations.length) return
  database.exec("BEGIN IMMEDIATE")
  try {
    const version = versionOf(database)
    if (version > migrations.length) {
      throw new NewerSchema(
        `has schema version ${version}, and this program knows ${migrations.length}: a newer Spangate wrote it, start that one`
      )
    }
    for (const migration of migrations.slice(version)) database.exec(migration)
    database.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`)
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK")
    throw error
  }
}

const versionOf = (database: DatabaseSync): number =>
  query<{ user_version: number }>(database, "PRAGMA user_version").get()?.user_version ?? 0

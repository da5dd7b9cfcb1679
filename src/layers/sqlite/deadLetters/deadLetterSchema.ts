import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"

const VERSION = 1

const TABLES = `
CREATE TABLE letters (
  -- An operator may hold the number of a letter that is gone: no other gets it.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  destination TEXT NOT NULL,
  trace_id TEXT NOT NULL,
  root_span_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  answer TEXT,
  refused_at INTEGER NOT NULL,
  refusals INTEGER NOT NULL,
  spans INTEGER NOT NULL,
  -- A JSON array; empty where all spans were refused.
  span_ids TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  replay INTEGER NOT NULL,
  -- Last, so that the other columns are read without it.
  frame BLOB NOT NULL,
  UNIQUE (destination, trace_id, root_span_id)
) STRICT;

CREATE INDEX letters_by_age ON letters (destination, refused_at, id);
CREATE INDEX letters_to_replay ON letters (destination, id) WHERE replay = 1;

-- In spans, but for letters and bytes: buried = stored + replayed + rejected + purged + full + expired.
CREATE TABLE accounts (
  destination TEXT PRIMARY KEY,
  letters INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  buried INTEGER NOT NULL,
  stored INTEGER NOT NULL,
  replayed INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  purged INTEGER NOT NULL,
  full INTEGER NOT NULL,
  expired INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`

/** Creates the tables in an empty database; refuses one of a later version. */
export const migrate = (database: DatabaseSync): void => {
  const version = versionOf(database)
  if (version === VERSION) return
  if (version !== 0) throw new Error(`they have schema version ${version}, this program knows ${VERSION}`)
  database.exec(`BEGIN IMMEDIATE;${TABLES}PRAGMA user_version = ${VERSION};COMMIT`)
}

const versionOf = (database: DatabaseSync) =>
  query<{ user_version: number }>(database, "PRAGMA user_version").get()?.user_version

import type { DatabaseSync } from "node:sqlite"
import { query } from "./query.ts"

const VERSION = 2

/*
 * All totals count from the spool's first day, so that a balance is a difference of two of them and no row is ever
 * summed up: what is queued for a consumer is `log.spans - consumers.settled_spans`.
 */
const TABLES = `
CREATE TABLE log (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- Of the last frame.
  sequence INTEGER NOT NULL,
  published_at INTEGER NOT NULL,
  -- Totals of the frames published, and of spans published or lost on the way here.
  spans INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  captured INTEGER NOT NULL,
  -- The last frame that was removed before everybody had settled it, the totals up to it, and why: age | behind.
  removed_sequence INTEGER NOT NULL,
  removed_spans INTEGER NOT NULL,
  removed_bytes INTEGER NOT NULL,
  removed_for TEXT NOT NULL
) STRICT;

CREATE TABLE frames (
  sequence INTEGER PRIMARY KEY,
  published_at INTEGER NOT NULL,
  events INTEGER NOT NULL,
  spans INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  -- Totals up to and including this frame.
  spans_through INTEGER NOT NULL,
  bytes_through INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  -- Last, so that the other columns are read without it.
  payload BLOB NOT NULL
) STRICT;

CREATE TABLE consumers (
  name TEXT PRIMARY KEY,
  -- The last settled frame, and the totals up to it.
  cursor INTEGER NOT NULL,
  settled_spans INTEGER NOT NULL,
  settled_bytes INTEGER NOT NULL,
  -- log.captured when it subscribed.
  captured_before INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  dead_lettered INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dropped (
  consumer TEXT NOT NULL,
  reason TEXT NOT NULL,
  spans INTEGER NOT NULL,
  PRIMARY KEY (consumer, reason)
) STRICT, WITHOUT ROWID;
`

/** Frames were removed for their age alone. */
const FROM_1 = `
ALTER TABLE log RENAME COLUMN expired_sequence TO removed_sequence;
ALTER TABLE log RENAME COLUMN expired_spans TO removed_spans;
ALTER TABLE log RENAME COLUMN expired_bytes TO removed_bytes;
ALTER TABLE log ADD COLUMN removed_for TEXT NOT NULL DEFAULT 'age';
`

/** Creates the tables in an empty database, brings those of an earlier version on; refuses one of a later version. */
export const migrate = (database: DatabaseSync): void => {
  const version = query<{ user_version: number }>(database, "PRAGMA user_version").get()?.user_version
  if (version === VERSION) return
  if (version !== 0 && version !== 1)
    throw new Error(`spool has schema version ${version}, this program knows ${VERSION}`)
  const change = version === 1 ? FROM_1 : `${TABLES}INSERT INTO log VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 'age');`
  database.exec(`BEGIN;${change}PRAGMA user_version = ${VERSION};COMMIT`)
}

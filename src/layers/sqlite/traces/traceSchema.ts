import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"
import { bytesOf, hashesOf } from "./storedNumbers.ts"
import { termHashes } from "./termHashes.ts"
import { modelLabel } from "./traceLabels.ts"
import { nameOf } from "./traceNames.ts"

/*
 * `traces.id` is the request's start (`traceId.ts`), so that every index is in the order of time, and what is old lies
 * together. A row is short; what is only looked at when a trace is opened has its own table.
 */
const SECOND = `
CREATE TABLE traces (
  id INTEGER PRIMARY KEY,
  traceId TEXT NOT NULL,
  spanId TEXT NOT NULL,
  requestId TEXT NOT NULL,
  start REAL NOT NULL,
  durationMs REAL NOT NULL,
  timeToFirstTokenMs REAL,
  revision TEXT NOT NULL,
  result TEXT NOT NULL,
  status INTEGER,
  errorType TEXT,
  errorMessage TEXT,
  route TEXT,
  streaming INTEGER NOT NULL,
  requestedModel TEXT,
  model TEXT,
  provider TEXT,
  subject TEXT,
  -- JSON, as are metadata and finishReasons.
  teams TEXT NOT NULL,
  conversationId TEXT,
  metadata TEXT NOT NULL,
  finishReasons TEXT NOT NULL,
  inputTokens INTEGER,
  outputTokens INTEGER,
  cachedInputTokens INTEGER,
  cost REAL,
  attempts INTEGER NOT NULL,
  fallback INTEGER NOT NULL,
  inputPreview TEXT,
  -- Where its spans are.
  pack INTEGER NOT NULL,
  spanAt INTEGER NOT NULL,
  spanCount INTEGER NOT NULL
) STRICT;

-- Until version 5.
CREATE INDEX traces_by_name ON traces (substr(traceId, -12));
CREATE INDEX traces_by_model ON traces (model);
CREATE INDEX traces_by_provider ON traces (provider);
CREATE INDEX traces_by_failure ON traces (result) WHERE result <> 'ok';
CREATE INDEX traces_by_status ON traces (status) WHERE status <> 200;
CREATE INDEX traces_by_error ON traces (errorType) WHERE errorType IS NOT NULL;

-- The spans of several traces, compressed together; named by the last of them.
CREATE TABLE packs (id INTEGER PRIMARY KEY, spans BLOB NOT NULL) STRICT;

-- What a trace is found by (termBlock.ts); of those that are in no block yet.
CREATE TABLE freshTerms (id INTEGER PRIMARY KEY, hashes BLOB NOT NULL) STRICT;
CREATE TABLE termBlocks (
  block INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  -- By place, in order.
  ids BLOB NOT NULL
) STRICT;
CREATE INDEX termBlocks_by_last ON termBlocks (last, first);
CREATE TABLE termPostings (key INTEGER PRIMARY KEY, postings BLOB NOT NULL) STRICT;

CREATE TABLE rollups (
  -- RollupLevel.ts
  level INTEGER NOT NULL,
  -- Start of the minute or hour, Unix milliseconds.
  at INTEGER NOT NULL,
  model TEXT NOT NULL,
  provider TEXT NOT NULL,
  result TEXT NOT NULL,
  -- Empty where a level does not tell subjects apart.
  subject TEXT NOT NULL,
  requests INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  inputTokens INTEGER NOT NULL,
  outputTokens INTEGER NOT NULL,
  cost REAL NOT NULL,
  latency BLOB NOT NULL,
  timeToFirstToken BLOB NOT NULL,
  PRIMARY KEY (level, at, model, provider, result, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  traces INTEGER NOT NULL,
  -- Minutes by subject that began earlier are gone; a whole hour.
  minutesFrom INTEGER NOT NULL
) STRICT;
INSERT INTO account VALUES (1, 0, 0);
`

/** Version 1 was a trial, whose traces are not taken along. */
const TRIAL = ["traces", "spans", "labels", "words", "rollups", "account"]
const FIRST = TRIAL.map((table) => `DROP TABLE IF EXISTS ${table};`).join("\n") + SECOND

/**
 * Larger blocks of terms, with a label for the model. `layout`: termBlock.ts, olderBlock.ts. In the index as well, since
 * it lies behind what is long.
 */
const largerBlocks = (database: DatabaseSync): void => {
  database.exec(`
    ALTER TABLE termBlocks ADD COLUMN layout INTEGER NOT NULL DEFAULT 0;
    DROP INDEX termBlocks_by_last;
    CREATE INDEX termBlocks_by_last ON termBlocks (last, first, layout);
    -- sizeClass.ts
    CREATE TABLE termSizes (block INTEGER PRIMARY KEY, sizes BLOB NOT NULL) STRICT;
  `)
  // What is in no block yet will be in one of the new layout.
  const label = query(database, "UPDATE freshTerms SET hashes = ? WHERE id = ?")
  const unlabelled = query<{ id: number; hashes: Uint8Array; model: string }>(
    database,
    "SELECT id, hashes, model FROM freshTerms JOIN traces USING (id) WHERE model IS NOT NULL"
  )
  for (const { hashes, id, model } of unlabelled.all()) {
    const known = new Set(hashesOf(hashes))
    for (const hash of termHashes("", [modelLabel(model)])) known.add(hash)
    label.run(bytesOf(Int32Array.from(known)), id)
  }
}

/**
 * Small blocks that are merged to large ones, postings as distances (termBlock.ts). What was left of a block that was
 * given up has keys that no block will have again.
 */
const MERGED_BLOCKS = `
DELETE FROM termPostings WHERE key >= (SELECT (ifnull(max(block), 0) + 1) << 11 FROM termBlocks);
-- blockTraces.ts
CREATE TABLE blockTraces (key INTEGER PRIMARY KEY, ids BLOB NOT NULL, sizes BLOB NOT NULL) STRICT;
`

/** Names that are put into their index by many at once: `traceNames.ts`. */
const namesInRuns = (database: DatabaseSync): void => {
  database.function("name_of", { deterministic: true }, (traceId) => nameOf(String(traceId)))
  database.exec(`
    CREATE TABLE traceNames (name INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (name, id)) STRICT, WITHOUT ROWID;
    -- The greatest id is its last. A number is never used again: what is put into the index ends with one.
    CREATE TABLE nameRuns (run INTEGER PRIMARY KEY AUTOINCREMENT, last INTEGER NOT NULL, names BLOB NOT NULL) STRICT;
    INSERT INTO traceNames SELECT name_of(traceId) AS name, id FROM traces ORDER BY name, id;
    DROP INDEX traces_by_name;
  `)
}

/** What leads from each version to the next. One that was released never changes. */
const MIGRATIONS: ReadonlyArray<Migration> = ["", FIRST, largerBlocks, MERGED_BLOCKS, namesInRuns]

type Migration = string | ((database: DatabaseSync) => void)

/** Brings a database to the newest version, each step as a whole. Refuses one that a later program wrote. */
export const migrate = (database: DatabaseSync, migrations = MIGRATIONS): void => {
  for (let version = versionOf(database); version < migrations.length; version = versionOf(database)) {
    database.exec(`BEGIN IMMEDIATE`)
    try {
      // Another process may have been here first.
      if (versionOf(database) === version) {
        const migration = migrations[version] ?? ""
        if (typeof migration === "string") database.exec(migration)
        else migration(database)
        database.exec(`PRAGMA user_version = ${version + 1}`)
      }
      database.exec("COMMIT")
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK")
      throw error
    }
  }
  assertKnown(database, migrations)
}

/** Throws unless the database is of this program's version. */
export const assertKnown = (database: DatabaseSync, migrations = MIGRATIONS): void => {
  const version = versionOf(database)
  if (version !== migrations.length) {
    throw new Error(`traces have schema version ${version}, this program knows ${migrations.length}`)
  }
}

const versionOf = (database: DatabaseSync): number =>
  query<{ user_version: number }>(database, "PRAGMA user_version").get()?.user_version ?? 0

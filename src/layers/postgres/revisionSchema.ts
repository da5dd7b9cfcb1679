import type { Migration } from "./migrate.ts"

// Names compare by their bytes, whatever the database's language: the order is the same everywhere.
const first: Migration = [
  `CREATE TABLE spangate.head (
    revision bigint NOT NULL,
    epoch double precision NOT NULL
  )`,
  `INSERT INTO spangate.head VALUES (0, floor(extract(epoch FROM clock_timestamp()) * 1000))`,
  `CREATE TABLE spangate.revisions (
    revision bigint PRIMARY KEY,
    at double precision NOT NULL,
    author text NOT NULL,
    note text NOT NULL
  )`,
  `CREATE TABLE spangate.entity_versions (
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    revision bigint NOT NULL REFERENCES spangate.revisions,
    position integer NOT NULL,
    action text NOT NULL,
    body text,
    PRIMARY KEY (kind, name, revision),
    UNIQUE (revision, position),
    CHECK ((action = 'delete') = (body IS NULL))
  )`,
  `CREATE TABLE spangate.kept (
    name text PRIMARY KEY,
    text text NOT NULL
  )`,
  `CREATE TABLE spangate.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at double precision NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    detail text NOT NULL
  )`,
  `CREATE INDEX ON spangate.audit (at, id)`
]

const second: Migration = ["CREATE INDEX ON spangate.audit (actor, action, id)"]

export const revisionSchema: ReadonlyArray<Migration> = [first, second]

import type { PgClient } from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Fragment } from "effect/sql/Statement"
import {
  AUDIT_RETENTION,
  type AuditEntry,
  type RevisionInfo,
  type RevisionLog,
  type StoredChange,
  type StoredEntity
} from "../../services/store/RevisionLog.ts"
import { fromColumn, toColumn } from "./columnText.ts"

/** Told of each revision. A hint only: whoever may connect to the database may send one. */
export const REVISIONS = "spangate_revisions"

type Append = Parameters<RevisionLog["Service"]["append"]>[0]

interface RevisionRow {
  readonly revision: bigint
  readonly at: number
  readonly author: string
  readonly note: string
  readonly changes: string
}

type ChangeRow = Pick<RevisionInfo["changes"][number], "kind" | "name" | "action">

/**
 * The log's statements. Each is one statement and so a transaction of its own, which a lost connection, a timeout or a
 * killed process leaves done or not done, with nothing to roll back.
 */
export const revisionQueries = (sql: PgClient) => {
  const infos = (where: Fragment, limit: number) =>
    sql<RevisionRow>`
      SELECT revision, at, author, note, (
        SELECT coalesce(json_agg(json_build_object('kind', kind, 'name', name, 'action', action) ORDER BY position), '[]')
        FROM spangate.entity_versions versions
        WHERE versions.revision = revisions.revision
      )::text AS changes
      FROM spangate.revisions revisions
      WHERE ${where}
      ORDER BY revision DESC
      LIMIT ${limit}::bigint`.pipe(Effect.map((rows) => rows.map(infoOf)))

  const origin = sql<{ readonly revision: bigint; readonly epoch: number }>`SELECT revision, epoch FROM spangate.head`

  return {
    head: Effect.map(origin, ([row]) => Number(row?.revision ?? 0)),

    epoch: Effect.map(origin, ([row]) => row?.epoch ?? 0),

    /** The new revision's number; none when `base` is not the head, or is no more when its turn comes. */
    append: ({ at, author, base, changes, keep, note }: Append) =>
      sql<{ readonly revision: bigint }>`
        WITH moved AS (
          UPDATE spangate.head SET revision = revision + 1 WHERE revision = ${base}::bigint RETURNING revision
        ), written AS (
          INSERT INTO spangate.revisions (revision, at, author, note)
          SELECT revision, ${at}::float8, ${toColumn(author)}, ${toColumn(note)} FROM moved
        ), changed AS (
          INSERT INTO spangate.entity_versions (kind, name, revision, position, action, body)
          SELECT kind, name, revision, position, action, body
          FROM moved, ROWS FROM (
            json_to_recordset(${changesColumn(changes)}::json) AS (kind text, name text, action text, body text)
          ) WITH ORDINALITY AS change (kind, name, action, body, position)
        ), keeping AS (
          INSERT INTO spangate.kept (name, text)
          SELECT ${toColumn(keep?.name ?? "")}, ${toColumn(keep?.text ?? "")} FROM moved WHERE ${keep !== undefined}
          ON CONFLICT (name) DO UPDATE SET text = excluded.text
        )
        SELECT revision, pg_notify(${REVISIONS}, '') FROM moved`.pipe(
        Effect.map(([row]) => (row === undefined ? undefined : Number(row.revision)))
      ),

    entitiesAt: (revision: number) =>
      sql<Omit<StoredEntity, "revision"> & { readonly revision: bigint }>`
        SELECT kind, name, revision, body
        FROM (
          SELECT DISTINCT ON (kind, name) kind, name, revision, body
          FROM spangate.entity_versions
          WHERE revision <= ${revision}::bigint
          ORDER BY kind, name, revision DESC
        ) newest
        WHERE body IS NOT NULL
        ORDER BY kind, name`.pipe(
        Effect.map((rows) =>
          rows.map(
            ({ body, kind, name, revision }): StoredEntity => ({
              kind,
              name: fromColumn(name),
              body,
              revision: Number(revision)
            })
          )
        )
      ),

    revisions: ({ before, limit }: { readonly before?: number; readonly limit: number }) =>
      infos(before === undefined ? sql`true` : sql`revision < ${before}::bigint`, limit),

    revision: (revision: number) =>
      Effect.map(infos(sql`revision = ${revision}::bigint`, 1), ([info]) => Option.fromUndefinedOr(info)),

    reseal: ({ body, kind, name, revision }: StoredEntity) =>
      sql`
        UPDATE spangate.entity_versions SET body = ${body}
        WHERE kind = ${kind} AND name = ${toColumn(name)} AND revision = ${revision}::bigint AND body IS NOT NULL`.pipe(
        Effect.asVoid
      ),

    audit: ({ action, actor, at, detail, target }: Omit<AuditEntry, "id">) =>
      sql`
        WITH written AS (
          INSERT INTO spangate.audit (at, actor, action, target, detail)
          VALUES (${at}::float8, ${toColumn(actor)}, ${toColumn(action)}, ${toColumn(target)}, ${toColumn(detail)})
          RETURNING id
        ), old AS (
          DELETE FROM spangate.audit WHERE at < ${at - AUDIT_RETENTION.ms}::float8
        ), repeated AS (
          DELETE FROM spangate.audit
          WHERE actor = ${toColumn(actor)} AND action = ${toColumn(action)} AND id <= (
            SELECT id FROM spangate.audit
            WHERE actor = ${toColumn(actor)} AND action = ${toColumn(action)}
            -- The one that is being written does not show yet.
            ORDER BY id DESC LIMIT 1 OFFSET ${AUDIT_RETENTION.ofOneKind - 1}::bigint
          )
        )
        DELETE FROM spangate.audit WHERE id <= (
          SELECT CASE WHEN id % ${AUDIT_RETENTION.countedEvery}::bigint = 0 THEN
            (SELECT id FROM spangate.audit ORDER BY id DESC LIMIT 1 OFFSET ${AUDIT_RETENTION.entries - 1}::bigint)
          END FROM written
        )`.pipe(Effect.asVoid),

    auditLog: ({ before, limit }: { readonly before?: number; readonly limit: number }) =>
      sql<Omit<AuditEntry, "id"> & { readonly id: bigint }>`
        SELECT id, at, actor, action, target, detail
        FROM spangate.audit
        WHERE ${before === undefined ? sql`true` : sql`id < ${before}::bigint`}
        ORDER BY id DESC
        LIMIT ${limit}::bigint`.pipe(
        Effect.map((rows) =>
          rows.map(
            ({ action, actor, at, detail, id, target }): AuditEntry => ({
              id: Number(id),
              at,
              actor: fromColumn(actor),
              action: fromColumn(action),
              target: fromColumn(target),
              detail: fromColumn(detail)
            })
          )
        )
      ),

    keep: (name: string, text: string) =>
      sql`
        INSERT INTO spangate.kept (name, text) VALUES (${toColumn(name)}, ${toColumn(text)})
        ON CONFLICT (name) DO UPDATE SET text = excluded.text`.pipe(Effect.asVoid),

    kept: (name: string) =>
      sql<{ readonly text: string }>`SELECT text FROM spangate.kept WHERE name = ${toColumn(name)}`.pipe(
        Effect.map(([row]) => Option.map(Option.fromUndefinedOr(row), ({ text }) => fromColumn(text)))
      )
  }
}

const changesColumn = (changes: ReadonlyArray<StoredChange>): string =>
  JSON.stringify(
    changes.map(({ action, body, kind, name }) => ({
      kind,
      name: toColumn(name),
      action,
      body: action === "delete" ? null : body
    }))
  )

const infoOf = ({ at, author, changes, note, revision }: RevisionRow): RevisionInfo => ({
  revision: Number(revision),
  at,
  author: fromColumn(author),
  note: fromColumn(note),
  changes: changesOf(changes).map(({ action, kind, name }) => ({ kind, name: fromColumn(name), action }))
})

// Written by `infos` as JSON, from rows of ours.
const changesOf = (json: string): ReadonlyArray<ChangeRow> => JSON.parse(json)

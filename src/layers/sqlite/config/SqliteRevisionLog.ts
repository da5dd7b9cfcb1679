import type { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { AUDIT_RETENTION, type RevisionInfo, RevisionLog, StaleRevision } from "../../../services/store/RevisionLog.ts"
import type { StoreUnavailable } from "../../../services/store/StoreUnavailable.ts"
import { type ConfigDatabaseUnusable, openConfigDatabase } from "./ConfigDatabase.ts"
import { prepareConfig, type RevisionRow } from "./configQueries.ts"
import { databaseAccess } from "./databaseAccess.ts"

/** How often the file is asked for revisions that another process or thread wrote: one look-up of some microseconds. */
const LOOK_EVERY = "150 millis"

type Revision = Parameters<RevisionLog["Service"]["append"]>[0]

/**
 * The log in `<directory>/config.db`, of which any number of processes and threads may write: a call waits while another
 * one does, five seconds at most, and its thread goes on meanwhile. Reading waits for nobody.
 */
export const layer = (directory: string): Layer.Layer<RevisionLog, ConfigDatabaseUnusable | StoreUnavailable> =>
  Layer.effect(
    RevisionLog,
    Effect.gen(function* () {
      const database = yield* openConfigDatabase(directory)
      const queries = prepareConfig(database)
      const read = yield* databaseAccess("read")
      const write = yield* databaseAccess("written")

      const readHead = () => queries.head.get()?.head ?? 0

      const heads = yield* SubscriptionRef.make(yield* read(readHead))
      const tell = (head: number) =>
        Effect.suspend(() => (head > SubscriptionRef.getUnsafe(heads) ? SubscriptionRef.set(heads, head) : Effect.void))
      yield* read(readHead).pipe(
        Effect.flatMap(tell),
        // It has been told of already.
        Effect.ignoreCause({ log: "Debug", message: "the newest revision could not be looked up" }),
        Effect.repeat(Schedule.spaced(LOOK_EVERY)),
        Effect.forkScoped
      )

      const append = ({ at, author, base, changes, keep, note }: Revision): Result.Result<number, StaleRevision> =>
        transaction(database, () => {
          const current = readHead()
          if (current !== base) return Result.fail(new StaleRevision({ base, current }))
          const revision = base + 1
          queries.addRevision.run(revision, at, author, note)
          for (const [place, { action, body, kind, name }] of changes.entries()) {
            queries.addVersion.run(kind, name, revision, action, place, body ?? null)
          }
          if (keep !== undefined) queries.keep.run(keep.name, keep.text)
          return Result.succeed(revision)
        })

      /** `rows` are neighbours, newest first. */
      const withChanges = (rows: ReadonlyArray<RevisionRow>): ReadonlyArray<RevisionInfo> => {
        const changes = Map.groupBy(
          queries.changes.all(rows.at(-1)?.revision ?? 0, rows[0]?.revision ?? 0),
          ({ revision }) => revision
        )
        return rows.map((row) => ({
          ...row,
          changes: (changes.get(row.revision) ?? []).map(({ action, kind, name }) => ({ kind, name, action }))
        }))
      }

      return RevisionLog.of({
        epoch: yield* read(() => queries.epoch.get()?.at ?? 0),
        head: read(readHead),
        entitiesAt: (revision) => read(() => queries.entitiesAt.all(revision).map((row) => ({ ...row }))),
        append: (revision) => write(() => append(revision)).pipe(Effect.flatMap(Effect.fromResult), Effect.tap(tell)),
        revisions: ({ before, limit }) =>
          read(() => withChanges(queries.revisions.all(before ?? Number.MAX_SAFE_INTEGER, limit))),
        revision: (number) =>
          read(() => {
            const [info] = withChanges(queries.revisions.all(number + 1, 1))
            return info?.revision === number ? Option.some(info) : Option.none()
          }),
        reseal: ({ body, kind, name, revision }) =>
          Effect.asVoid(write(() => queries.reseal.run(body, kind, name, revision))),
        audit: ({ action, actor, at, detail, target }) =>
          write(() =>
            transaction(database, () => {
              queries.audit.run(at, actor, action, target, detail)
              queries.forgetRepeated.run(actor, action, actor, action)
              queries.forgetBeyond.run()
              queries.forgetOld.run(at - AUDIT_RETENTION.ms)
            })
          ),
        auditLog: ({ before, limit }) =>
          read(() => queries.auditLog.all(before ?? Number.MAX_SAFE_INTEGER, limit).map((row) => ({ ...row }))),
        keep: (name, text) => Effect.asVoid(write(() => queries.keep.run(name, text))),
        kept: (name) => read(() => Option.fromUndefinedOr(queries.kept.get(name)?.text)),
        heads: SubscriptionRef.changes(heads)
      })
    })
  )

/** As a whole or not at all, also when the process is killed in the middle of it. */
const transaction = <A>(database: DatabaseSync, body: () => A): A => {
  database.exec("BEGIN IMMEDIATE")
  try {
    const result = body()
    database.exec("COMMIT")
    return result
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK")
    throw error
  }
}

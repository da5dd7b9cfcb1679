import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { RevisionLog, StaleRevision } from "../../services/store/RevisionLog.ts"
import type { StoreUnavailable } from "../../services/store/StoreUnavailable.ts"
import { tellTrouble } from "../../services/store/tellTrouble.ts"
import { databaseFailure, unavailable } from "./databaseFailure.ts"
import { watchHead } from "./HeadWatch.ts"
import { migrate, type NewerSchema } from "./migrate.ts"
import { CALL_MS, type InvalidPostgresUrl, postgresSession } from "./postgresSession.ts"
import { revisionQueries } from "./revisionQueries.ts"
import { revisionSchema } from "./revisionSchema.ts"

export interface PostgresSettings {
  /** `postgres://user:password@host:5432/database`; see `postgresSession` for `sslmode`. */
  readonly url: Redacted.Redacted
}

/** Whoever waits for one of them longer than a call may take fails. One more is held to be notified. */
const CONNECTIONS = 8
/** Others may be migrating, too. */
const MIGRATION_MS = 60_000
/** A server that starts is there within seconds. */
const PATIENCE = Schedule.jittered(Schedule.min([Schedule.exponential("250 millis"), Schedule.spaced("5 seconds")]))

/**
 * The log of revisions in PostgreSQL 13 or newer, in a schema `spangate` of its own. Its tables are created and migrated
 * while the layer is built, which fails when the database is away or newer than this program. Later a call fails within
 * seconds while the server is away, and serves again when it is back.
 */
export const layer = (
  settings: PostgresSettings
): Layer.Layer<RevisionLog, StoreUnavailable | NewerSchema | InvalidPostgresUrl> =>
  Layer.effect(RevisionLog, make(settings))

/**
 * The same, for a program that starts before its database does, or while it is away: waits for as long as it takes, and
 * says in the log what for.
 */
export const patientLayer = (settings: PostgresSettings): ReturnType<typeof layer> =>
  Layer.effect(RevisionLog, reached(settings))

const reached = Effect.fnUntraced(function* (settings: PostgresSettings) {
  let waited = false
  const log = yield* madeApart(settings).pipe(
    Effect.tapErrorTag("StoreUnavailable", ({ cause }) => {
      waited = true
      return Effect.logWarning("the database of configuration cannot be reached, and is waited for", String(cause))
    }),
    Effect.retry({ schedule: PATIENCE, while: ({ _tag }) => _tag === "StoreUnavailable" })
  )
  if (waited) yield* Effect.logInfo("the database of configuration can be reached")
  return log
})

/** What a try that fails has opened is closed with it. */
const madeApart = Effect.fnUntraced(function* (settings: PostgresSettings) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  return yield* make(settings).pipe(
    Scope.provide(scope),
    Effect.onExit((exit) => (Exit.isFailure(exit) ? Scope.close(scope, exit) : Effect.void))
  )
})

const make = Effect.fnUntraced(function* ({ url }: PostgresSettings) {
  const session = yield* postgresSession(url)
  const sql = yield* PgClient.make({ ...session, maxConnections: CONNECTIONS }).pipe(
    Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make),
    Effect.mapError(databaseFailure)
  )
  const scope = yield* Effect.scope
  yield* migrate(sql, revisionSchema).pipe(answeredWithin(scope, MIGRATION_MS))
  const queries = revisionQueries(sql)
  const ask = answeredWithin(scope, CALL_MS)
  // A disk that is full, or a standby in the server's place, answers whoever reads: `watchHead` would not tell.
  const told = tellTrouble("written")
  const write = <A>(statement: Effect.Effect<A, SqlError>) => told(ask(statement))

  const epoch = yield* ask(queries.epoch)
  const head = ask(queries.head)
  const { heads, saw } = yield* watchHead(session, yield* head, head)

  return RevisionLog.of({
    epoch,
    head,
    heads,
    entitiesAt: (revision) => ask(queries.entitiesAt(revision)),
    append: Effect.fnUntraced(function* (revision) {
      const appended = yield* write(queries.append(revision))
      if (appended === undefined) return yield* new StaleRevision({ base: revision.base, current: yield* head })
      saw(appended)
      return appended
    }),
    revisions: (page) => ask(queries.revisions(page)),
    revision: (number) => ask(queries.revision(number)),
    reseal: (entity) => write(queries.reseal(entity)),
    audit: (entry) => write(queries.audit(entry)),
    auditLog: (page) => ask(queries.auditLog(page)),
    keep: (name, text) => write(queries.keep(name, text)),
    kept: (name) => ask(queries.kept(name))
  })
})

/**
 * Fails when the time is up, however long the driver then takes to get the statement back from a server that hangs: up to
 * five seconds, in which nobody is to wait.
 */
const answeredWithin =
  (scope: Scope.Scope, milliseconds: number) =>
  <A, E>(ask: Effect.Effect<A, E | SqlError>) =>
    Effect.acquireUseRelease(Effect.forkIn(ask, scope), Fiber.join, (fiber) =>
      Effect.sync(() => fiber.interruptUnsafe())
    ).pipe(
      Effect.catchIf(isSqlError, (error) => Effect.fail(databaseFailure(error))),
      Effect.timeoutOrElse({
        duration: milliseconds,
        orElse: () => Effect.fail(unavailable(`no answer in ${milliseconds} ms`))
      })
    )

import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { DeadLetters, DeadLettersUnavailable } from "../../services/export/DeadLetters.ts"
import { lostCommits, openDeadLetters, replaceDeadLetters, visitDeadLetters } from "./deadLetters/DeadLetterDatabase.ts"
import { DeadLetterLog } from "./deadLetters/DeadLetterLog.ts"
import { isCorrupt } from "./spool/sqliteError.ts"

export interface SqliteDeadLettersOptions {
  /** Of the spool, whose lock keeps a second exporter away; created when it is missing. */
  readonly directory: string
  /** Bound of the frames kept, of all destinations together. Default 256 MiB. */
  readonly maxBytes?: number
  /** Letters refused longer ago than this are dropped as `expired`. Default 30 days. */
  readonly maxAge?: Duration.Input
}

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024

const MAINTENANCE = "1 minute"

type Use = <A>(body: (log: DeadLetterLog) => A) => Effect.Effect<A, DeadLettersUnavailable>

/**
 * Dead letters in one SQLite file beside the spool, of which any number of processes may read and one exporter sends.
 * An append is on the disk when it returns. A file too damaged to go on with is moved aside as
 * `dead-letters.db.corrupt-<n>`.
 */
export const layer = (options: SqliteDeadLettersOptions): Layer.Layer<DeadLetters, DeadLettersUnavailable> =>
  Layer.effect(
    DeadLetters,
    Effect.gen(function* () {
      const maxAge = Duration.toMillis(options.maxAge ?? "30 days")
      const use = yield* exporterAccess(options.directory)
      /** Old letters, then free pages, in pieces: the exporter comes in between. */
      const maintain = Effect.gen(function* () {
        const cutoff = (yield* Clock.currentTimeMillis) - maxAge
        while (yield* use((log) => log.expire(cutoff))) yield* Effect.yieldNow
        while (yield* use((log) => log.reclaim())) yield* Effect.yieldNow
      }).pipe(Effect.ignoreCause({ log: "Warn", message: "dead letters could not be tidied" }))
      yield* maintain.pipe(Effect.repeat(Schedule.spaced(MAINTENANCE)), Effect.forkScoped)
      return make(use, options.maxBytes ?? DEFAULT_MAX_BYTES)
    })
  )

/**
 * The dead letters of a program that may be running, for somebody else than its exporter: a directory where no exporter
 * has been, or a damaged file, is an error.
 */
export const visit = (directory: string): Layer.Layer<DeadLetters, DeadLettersUnavailable> =>
  Layer.effect(
    DeadLetters,
    Effect.map(
      Effect.acquireRelease(Effect.try({ try: () => visitDeadLetters(directory), catch: unavailable }), (database) =>
        Effect.sync(() => database.close())
      ),
      (database) => {
        const log = new DeadLetterLog(database)
        return make((body) => Effect.try({ try: () => body(log), catch: unavailable }), DEFAULT_MAX_BYTES)
      }
    )
  )

const make = (use: Use, maxBytes: number): DeadLetters["Service"] => ({
  append: (letters) => use((log) => log.append(letters, maxBytes)),
  list: (selection, limit) => use((log) => log.list(selection, limit)),
  get: (id) =>
    Effect.map(
      use((log) => log.get(id)),
      Option.fromUndefinedOr
    ),
  requestReplay: (selection) => use((log) => log.requestReplay(selection)),
  take: (destination, bytes) => use((log) => log.take(destination, bytes)),
  replayed: (ids, rejectedSpans) => use((log) => log.replayed(ids, rejectedSpans)),
  refusedAgain: (ids, refusal) => use((log) => log.refusedAgain(ids, refusal)),
  purge: Effect.fnUntraced(function* (selection) {
    let purged = 0
    while (true) {
      const round = yield* use((log) => log.purge(selection))
      if (round === 0) return purged
      purged += round
      yield* Effect.yieldNow
    }
  }),
  accounts: use((log) => log.accounts())
})

const exporterAccess = Effect.fnUntraced(function* (
  directory: string
): Effect.fn.Return<Use, DeadLettersUnavailable, Scope.Scope> {
  let closed = false
  const commits = yield* Effect.try({ try: () => lostCommits(directory), catch: unavailable })
  if (commits > 0) {
    yield* Effect.logError("dead letters' write-ahead log was damaged: the newest changes to them are lost", {
      commits
    })
  }
  let current = yield* Effect.acquireRelease(
    Effect.try({ try: () => openDeadLetters(directory), catch: unavailable }),
    () =>
      Effect.sync(() => {
        closed = true
        if (current.database.isOpen) current.database.close()
      })
  )
  let log = new DeadLetterLog(current.database)
  yield* reportMoved(current.movedTo)

  const replace = Effect.try({
    try: () => {
      if (current.database.isOpen) current.database.close()
      current = replaceDeadLetters(directory)
      log = new DeadLetterLog(current.database)
    },
    catch: unavailable
  }).pipe(Effect.andThen(Effect.suspend(() => reportMoved(current.movedTo))))

  return (body) =>
    Effect.suspend(() => {
      if (closed) return Effect.fail(unavailable(new Error("they are closed")))
      // A replacement that failed half-way is taken up again.
      return current.database.isOpen ? Effect.void : replace
    }).pipe(
      Effect.andThen(Effect.try({ try: () => body(log), catch: unavailable })),
      Effect.tapError(({ cause }) => (isCorrupt(cause) ? replace : Effect.void))
    )
})

const unavailable = (cause: unknown) => new DeadLettersUnavailable({ cause })

const reportMoved = (movedTo: string | undefined) =>
  movedTo === undefined
    ? Effect.void
    : Effect.logError("dead letters were damaged: moved aside, and a fresh file started", { movedTo })

import * as Effect from "effect/Effect"
import { BusUnavailable } from "../../../services/trace/TraceBus.ts"
import type { Mended } from "./mendLog.ts"
import { openSpool, replaceSpool, type SpoolDatabase, type Synchronous } from "./SpoolDatabase.ts"
import { SpoolUnusable } from "./SpoolErrors.ts"
import { lockSpool } from "./SpoolLock.ts"
import { SpoolLog } from "./SpoolLog.ts"
import { isCorrupt } from "./sqliteError.ts"

/** The spool's log as effects. */
export interface Spool {
  /** Runs transactions. What SQLite refuses fails as `BusUnavailable`; a damaged file has been replaced by then. */
  readonly use: <A>(body: (log: SpoolLog) => A) => Effect.Effect<A, BusUnavailable>
}

/**
 * Locks and opens a directory's spool for the life of the scope. `replaced` is called when a damaged file had to be
 * replaced while in use.
 */
export const makeSpool = Effect.fnUntraced(function* (options: {
  readonly directory: string
  readonly synchronous: Synchronous
  readonly replaced: (log: SpoolLog) => void
}) {
  const { directory, synchronous } = options
  yield* lockSpool(directory)
  let closed = false
  let current = yield* Effect.acquireRelease(
    Effect.try({
      try: () => openSpool(directory, synchronous),
      catch: (cause) => new SpoolUnusable({ path: directory, cause })
    }),
    () =>
      Effect.sync(() => {
        closed = true
        if (current.database.isOpen) current.database.close()
      })
  )
  let log = new SpoolLog(current.database)
  yield* reportMoved(current)
  if (current.mended !== undefined) yield* settleMended(current.mended, log, directory)

  const replace = Effect.try({
    try: () => {
      if (current.database.isOpen) current.database.close()
      current = replaceSpool(directory, synchronous, log.lastSequence)
      log = new SpoolLog(current.database)
      options.replaced(log)
    },
    catch: (cause) => new BusUnavailable({ cause })
  }).pipe(Effect.andThen(Effect.suspend(() => reportMoved(current))))

  const use: Spool["use"] = (body) =>
    Effect.suspend(() => {
      if (closed) return Effect.fail(new BusUnavailable({ cause: new Error("the spool is closed") }))
      // A replacement that failed half-way is taken up again.
      return current.database.isOpen ? Effect.void : replace
    }).pipe(
      Effect.andThen(
        Effect.try({ try: () => body(log), catch: (cause) => new BusUnavailable({ cause }) }).pipe(
          Effect.tapError(({ cause }) => (isCorrupt(cause) ? replace : Effect.void))
        )
      )
    )

  return { use } satisfies Spool
})

/** Loud as well. What a cut took with it is counted, as far as that can be told. */
const settleMended = Effect.fnUntraced(function* (
  { captured, commits, whole }: Mended,
  log: SpoolLog,
  path: string
): Effect.fn.Return<void, SpoolUnusable> {
  if (whole) {
    return yield* Effect.logError("spool's write-ahead log was damaged, and is mended: damaged frames are dropped", {
      commits
    })
  }
  const lostSpans = yield* Effect.try({
    try: () => {
      const lost = Math.max(0, captured - log.captured)
      if (lost > 0) log.recordLoss(lost, "corrupt")
      return lost
    },
    catch: (cause) => new SpoolUnusable({ path, cause })
  })
  yield* Effect.logError("spool's write-ahead log was damaged, and ends where the damage begins", {
    commits,
    lostSpans
  })
})

/** Loud: spans were lost, and somebody should look at the disk. */
const reportMoved = ({ movedTo }: SpoolDatabase) =>
  movedTo === undefined
    ? Effect.void
    : Effect.logError("spool file was damaged: moved aside, and a fresh one started", { movedTo })

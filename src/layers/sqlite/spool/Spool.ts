import * as Effect from "effect/Effect"
import { BusUnavailable } from "../../../services/trace/TraceBus.ts"
import type { Mended } from "./mendLog.ts"
import { mendSpool, openSpool, replaceSpool, type SpoolDatabase, type Synchronous } from "./SpoolDatabase.ts"
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
  const mended = yield* unusable(directory, () => mendSpool(directory))
  if (mended !== undefined) yield* reportMended(mended)
  let current = yield* Effect.acquireRelease(
    unusable(directory, () => openSpool(directory, synchronous)),
    () =>
      Effect.sync(() => {
        closed = true
        if (current.database.isOpen) current.database.close()
      })
  )
  let log = new SpoolLog(current.database)
  yield* reportMoved(current)
  if (mended?.whole === false) yield* countCut(mended.captured, log)

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

const unusable = <A>(path: string, body: () => A) =>
  Effect.try({ try: body, catch: (cause) => new SpoolUnusable({ path, cause }) })

/** Said before the file is opened, which may fail for other reasons, and cuts the log for good. */
const reportMended = ({ commits, whole }: Mended) =>
  Effect.logError(
    whole
      ? "spool's write-ahead log was damaged, and is mended: damaged frames are dropped"
      : "spool's write-ahead log was damaged, and ends where the damage begins",
    { commits }
  )

/** Counts what the cut took with it, as far as that can be told. */
const countCut = (captured: number, log: SpoolLog) =>
  Effect.try({
    try: () => {
      const spans = captured - log.captured
      if (spans > 0) log.recordLoss(spans, "corrupt")
    },
    catch: (cause) => new BusUnavailable({ cause })
  }).pipe(Effect.ignoreCause({ log: "Warn", message: "spans behind the damage could not be counted" }))

/** Loud: spans were lost, and somebody should look at the disk. */
const reportMoved = ({ movedTo }: SpoolDatabase) =>
  movedTo === undefined
    ? Effect.void
    : Effect.logError("spool file was damaged: moved aside, and a fresh one started", { movedTo })

import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Semaphore from "effect/Semaphore"
import { StoreUnavailable } from "../../../services/store/StoreUnavailable.ts"
import { tellTrouble } from "../../../services/store/tellTrouble.ts"
import { isBusy } from "../spool/sqliteError.ts"

/** How long a call waits, for others of this program too. */
const PATIENCE = "5 seconds"

/** Somebody else writes, which takes a few milliseconds, or has the file locked. */
const AGAIN = Schedule.jittered(Schedule.spaced("10 millis"))

export type Access = <A>(body: () => A) => Effect.Effect<A, StoreUnavailable>

const unavailable = (cause: unknown) => new StoreUnavailable({ store: "configuration", cause })

/**
 * A way to the database: waits for its turn without holding the thread, in the order of the calls, so that one alone
 * asks again while the file is locked. What it fails with is told in the log, in SQLite's own words, which name tables
 * at most.
 */
export const databaseAccess = (does: "read" | "written"): Effect.Effect<Access> =>
  Effect.map(Semaphore.make(1), (turns) => {
    const told = tellTrouble(does)
    return (body) =>
      Effect.try({ try: body, catch: unavailable }).pipe(
        Effect.retry({ schedule: AGAIN, while: ({ cause }) => isBusy(cause) }),
        turns.withPermit,
        Effect.timeoutOrElse({
          duration: PATIENCE,
          orElse: () => Effect.fail(unavailable(new Error("somebody else has it locked")))
        }),
        told
      )
  })

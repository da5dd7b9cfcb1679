import { watch } from "node:fs"
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"

/**
 * One item after anything happened in the directory of `file`, for as long as the scope is open.
 * The directory, because a watch on the file itself ends when an editor puts another in its place.
 * Where it cannot be watched nothing comes, so the taker must look by itself now and then.
 */
export const watchDirectory = (file: string): Effect.Effect<Queue.Dequeue<void>, never, Scope.Scope> =>
  Effect.gen(function* () {
    // One nudge says as much as many.
    const nudges = yield* Effect.acquireRelease(Queue.sliding<void>(1), Queue.shutdown)
    yield* Effect.acquireRelease(
      // Without a listener for errors, the directory's removal would end the process.
      Effect.try(() => watch(dirname(file), () => void Queue.offerUnsafe(nudges, undefined)).on("error", () => {})),
      (watcher) => Effect.sync(() => watcher.close())
    ).pipe(Effect.ignore({ log: "Debug", message: "The configuration's directory cannot be watched" }))
    return nudges
  })

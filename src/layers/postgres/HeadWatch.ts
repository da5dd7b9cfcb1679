import type { PgClientConfig } from "@effect/sql-pg/PgClient"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { StoreUnavailable } from "../../services/store/StoreUnavailable.ts"
import { REVISIONS } from "./revisionQueries.ts"

/** How long a notification that never came can delay. */
const POLL = "150 millis"
const LISTEN_AGAIN = "500 millis"

export interface HeadWatch {
  /** The newest head known, and those that follow. A slow reader gets only the newest of what it missed. */
  readonly heads: Stream.Stream<number>
  /** Tells a head that this process knows of before the database says so. */
  readonly saw: (revision: number) => void
}

/**
 * Watches the head for as long as the scope is open, whatever becomes of the server: a connection of its own is notified,
 * and the head is read when it is, and now and then without.
 */
export const watchHead = Effect.fnUntraced(function* (
  session: PgClientConfig,
  first: number,
  read: Effect.Effect<number, StoreUnavailable>
): Effect.fn.Return<HeadWatch, never, Scope.Scope> {
  const heads = yield* Effect.acquireRelease(PubSub.sliding<number>({ capacity: 1, replay: 1 }), PubSub.shutdown)
  // One is enough: whoever takes it reads what is in force then.
  const hints = yield* Queue.sliding<void>(1)
  let head = first
  let away = false
  PubSub.publishUnsafe(heads, first)

  // A reading may be overtaken by a commit of this process, and a head never goes back.
  const saw = (revision: number) => {
    if (revision <= head) return
    head = revision
    PubSub.publishUnsafe(heads, revision)
  }

  const look = read.pipe(
    Effect.flatMap((revision) => {
      saw(revision)
      if (!away) return Effect.void
      away = false
      return Effect.logInfo("the database of configuration can be reached again")
    }),
    Effect.catch((error) => {
      if (away) return Effect.void
      away = true
      return Effect.logWarning(error.message, String(error.cause))
    })
  )

  yield* Queue.take(hints).pipe(Effect.timeoutOption(POLL), Effect.andThen(look), Effect.forever, Effect.forkScoped)

  const hint = Queue.offer(hints, undefined)
  yield* PgConnection.make(session).pipe(
    Effect.flatMap((connection) => connection.listen(REVISIONS)),
    Effect.tap(hint),
    Effect.flatMap((told) => Effect.forever(Effect.andThen(Queue.takeAll(told), hint))),
    Effect.scoped,
    // That the server is away is said by whoever reads.
    Effect.ignoreCause,
    Effect.repeat(Schedule.spaced(LISTEN_AGAIN)),
    Effect.forkScoped
  )

  return { heads: Stream.fromPubSub(heads), saw }
})

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import { type BusFull, BusUnavailable, type Frame } from "../../../services/trace/TraceBus.ts"
import type { Spool } from "./Spool.ts"
import type { SpoolLog } from "./SpoolLog.ts"

interface Entry {
  readonly frame: Frame
  readonly done: (outcome: Effect.Effect<void, BusFull | BusUnavailable>) => void
}

/** Frames of one transaction. */
const GROUP = 64

/**
 * Appends frames that are published at the same time in one transaction. The frames that wait are the callers', who
 * wait with them; one whose caller is interrupted before its turn is not stored.
 */
export const makeGroupCommit = Effect.fnUntraced(function* (options: {
  readonly spool: Spool
  readonly maxBytes: number
  /** Names of the consumers that hold frames. */
  readonly reading: (log: SpoolLog) => ReadonlySet<string>
  readonly appended: () => void
}) {
  const waiting: Array<Entry> = []
  const work = Latch.makeUnsafe()
  let closed = false

  const commit = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const group = waiting.splice(0, GROUP)
    const stored = yield* Effect.exit(
      options.spool.use((log) =>
        log.append(
          group.map(({ frame }) => frame),
          now,
          options.maxBytes,
          () => options.reading(log)
        )
      )
    )
    if (Exit.isFailure(stored)) {
      for (const { done } of group) done(stored)
      return
    }
    options.appended()
    for (const [index, { done }] of group.entries()) {
      const full = stored.value[index]
      done(full === undefined ? Effect.void : Effect.fail(full))
    }
  }).pipe(Effect.uninterruptible)

  const writer = Effect.gen(function* () {
    yield* work.await
    // Whoever is about to publish gets to join the group.
    yield* Effect.yieldNow
    work.closeUnsafe()
    while (waiting.length > 0) yield* commit
  })

  yield* writer.pipe(Effect.forever, Effect.forkScoped)
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      closed = true
      while (waiting.length > 0) yield* commit
    })
  )

  return (frame: Frame): Effect.Effect<void, BusFull | BusUnavailable> =>
    Effect.callback((done) => {
      if (closed) return done(Effect.fail(new BusUnavailable({ cause: new Error("the spool is closed") })))
      const entry: Entry = { frame, done }
      waiting.push(entry)
      work.openUnsafe()
      return Effect.sync(() => {
        const index = waiting.indexOf(entry)
        if (index >= 0) waiting.splice(index, 1)
      })
    })
})

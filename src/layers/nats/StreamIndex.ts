import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Semaphore from "effect/Semaphore"
import { consumerOpts, type JetStreamSubscription, type JsMsg } from "nats"
import { plus, type Totals } from "./ConsumerAccount.ts"
import { type Loss, readFrame, readLoss, readSize } from "./frameHeaders.ts"
import type { NatsAway } from "./NatsAway.ts"
import type { NatsLink } from "./NatsLink.ts"
import { ALL_SUBJECTS, STREAM } from "./traceStream.ts"

/**
 * Follows the stream by its headers alone and knows how many spans lie between two places in it: the server counts
 * messages, an account counts spans. Holds a few numbers for each message after the last place that was forgotten.
 */
export interface StreamIndex {
  /** Begins after this sequence, unless it covers it already. */
  readonly cover: (after: number) => Effect.Effect<void, NatsAway>
  /** Forgets everything and begins at the stream's start: it is another stream. */
  readonly restart: Effect.Effect<void, NatsAway>
  /** Of the last message seen. */
  readonly position: () => number
  /** Waits until the message with this sequence, or a later one, was seen. */
  readonly reached: (sequence: number) => Effect.Effect<void>
  /** Of the messages after one sequence through another. */
  readonly between: (after: number, through: number) => Totals
  readonly forget: (through: number) => void
}

interface Mark {
  readonly sequence: number
  /** Of all frames seen up to here. */
  readonly spans: number
  readonly bytes: number
  readonly loss?: Loss
}

export const makeStreamIndex = Effect.fnUntraced(function* (link: NatsLink["Service"]) {
  const seen = Latch.makeUnsafe()
  const one = yield* Semaphore.make(1)
  let marks: Array<Mark> = []
  let start: Mark = { sequence: Number.POSITIVE_INFINITY, spans: 0, bytes: 0 }
  let subscription: JetStreamSubscription | undefined

  const beginAfter = (sequence: number) => {
    marks = []
    start = { sequence, spans: 0, bytes: 0 }
  }

  const last = (): Mark => marks.at(-1) ?? start

  const see = (message: JsMsg) => {
    const sequence = message.seq
    const { bytes, sequence: before, spans } = last()
    if (sequence <= before) return
    const loss = readLoss(message.headers)
    marks.push(
      loss === undefined
        ? { sequence, spans: spans + readFrame(message.headers).spans, bytes: bytes + readSize(message.headers) }
        : { sequence, spans, bytes, loss }
    )
    seen.openUnsafe()
  }

  const follow = Effect.gen(function* () {
    subscription?.unsubscribe()
    subscription = yield* link.use((connection) =>
      connection.jetstream().subscribe(
        ALL_SUBJECTS,
        consumerOpts({})
          .bindStream(STREAM)
          .orderedConsumer()
          .headersOnly()
          .startSequence(last().sequence + 1)
          .callback((error, message) => {
            if (error === null && message !== null) see(message)
          })
      )
    )
  })

  yield* Effect.addFinalizer(() => Effect.sync(() => subscription?.unsubscribe()))

  // A server that was restarted has forgotten who followed; the client by itself would take some 15 seconds to notice.
  const again = Latch.makeUnsafe()
  yield* Effect.acquireRelease(
    Effect.sync(() => link.onUp(() => again.openUnsafe())),
    (end) => Effect.sync(end)
  )
  yield* again.await.pipe(
    Effect.andThen(again.close),
    Effect.andThen(
      Effect.suspend(() => (subscription === undefined ? Effect.void : follow)).pipe(Semaphore.withPermit(one))
    ),
    Effect.ignore,
    Effect.forever,
    Effect.forkScoped
  )

  /** The last mark at or before a sequence. */
  const markAt = (sequence: number): number => {
    let [low, high] = [-1, marks.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((marks[middle]?.sequence ?? 0) <= sequence) low = middle
      else high = middle - 1
    }
    return low
  }

  const reached = (sequence: number): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (last().sequence >= sequence) return Effect.void
      seen.closeUnsafe()
      return Effect.andThen(seen.await, reached(sequence))
    })

  const index: StreamIndex = {
    cover: (after) =>
      Effect.suspend(() => {
        if (start.sequence <= after && subscription !== undefined && !subscription.isClosed()) return Effect.void
        if (start.sequence > after) beginAfter(after)
        return follow
      }).pipe(Semaphore.withPermit(one)),
    restart: Effect.andThen(
      Effect.sync(() => beginAfter(0)),
      follow
    ).pipe(Semaphore.withPermit(one)),
    position: () => last().sequence,
    reached,
    between: (after, through) => {
      const [from, to] = [markAt(after), markAt(through)]
      const [before, end] = [marks[from] ?? start, marks[to] ?? start]
      let lost: Totals["lost"] = {}
      for (let index = from + 1; index <= to; index++) {
        const loss = marks[index]?.loss
        if (loss !== undefined) lost = plus(lost, { [loss.reason]: loss.spans })
      }
      return { spans: end.spans - before.spans, bytes: end.bytes - before.bytes, lost }
    },
    forget: (through) => {
      const index = markAt(through)
      const mark = marks[index]
      if (mark === undefined) return
      start = { sequence: mark.sequence, spans: mark.spans, bytes: mark.bytes }
      marks = marks.slice(index + 1)
    }
  }
  return index
})

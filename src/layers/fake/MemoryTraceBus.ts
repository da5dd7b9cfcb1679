import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import {
  BusFull,
  BusUnavailable,
  type Disposition,
  type Frame,
  type Ledger,
  type StoredFrame,
  type Subscription,
  TraceBus
} from "../../services/trace/TraceBus.ts"

/** `down` fails every call with `BusUnavailable`; `hung` answers none until the mode changes. */
export type BusMode = "up" | "down" | "hung"

/** Breaks and mends the bus in memory. */
export class MemoryTraceBus extends Context.Service<
  MemoryTraceBus,
  { readonly setMode: (mode: BusMode) => Effect.Effect<void> }
>()("spangate/layers/fake/MemoryTraceBus") {}

interface Consumer {
  cursor: number
  /** Spans captured since it subscribed. */
  captured: number
  delivered: number
  rejected: number
  deadLettered: number
  readonly dropped: Map<string, number>
  live: Latch.Latch | undefined
}

/** A bus that keeps the contract in everything but durability: it is gone with the process. */
export const layer = (options: { readonly maxBytes: number }): Layer.Layer<TraceBus | MemoryTraceBus> =>
  Layer.effectContext(
    Effect.sync(() => {
      const consumers = new Map<string, Consumer>()
      let frames: Array<StoredFrame> = []
      let sequence = 0
      let mode: BusMode = "up"
      const changed = Latch.makeUnsafe()

      const available: Effect.Effect<void, BusUnavailable> = Effect.suspend(() => {
        if (mode === "hung") return Effect.andThen(changed.await, available)
        return mode === "up" ? Effect.void : Effect.fail(unavailable("the bus is down"))
      })

      const after = (cursor: number): ReadonlyArray<StoredFrame> => frames.filter((frame) => frame.sequence > cursor)

      const forgetSettled = (): void => {
        const settled = Math.min(...Array.from(consumers.values(), (consumer) => consumer.cursor))
        frames = frames.filter((frame) => frame.sequence > settled)
      }

      const publish = Effect.fnUntraced(function* (frame: Frame) {
        yield* available
        const publishedAt = yield* Clock.currentTimeMillis
        sequence += 1
        if (consumers.size === 0) return
        const bytes = sumOf(frames, bytesOf)
        if (bytes + frame.bytes.byteLength > options.maxBytes) {
          return yield* new BusFull({ bytes, limit: options.maxBytes })
        }
        frames.push({ ...frame, sequence, publishedAt })
        for (const consumer of consumers.values()) {
          consumer.captured += frame.spans
          consumer.live?.openUnsafe()
        }
      })

      const recordLoss = (spans: number, reason: string) =>
        Effect.map(available, () => {
          for (const consumer of consumers.values()) {
            consumer.captured += spans
            add(consumer.dropped, reason, spans)
          }
        })

      const settle = (consumer: Consumer, upTo: number, disposition: Disposition): void => {
        if (upTo <= consumer.cursor) return
        let unaccounted = sumOf(
          after(consumer.cursor).filter((frame) => frame.sequence <= upTo),
          spansOf
        )
        consumer.cursor = upTo
        consumer.delivered += disposition.delivered
        consumer.rejected += disposition.rejected
        consumer.deadLettered += disposition.deadLettered
        unaccounted -= disposition.delivered + disposition.rejected + disposition.deadLettered
        for (const [reason, spans] of Object.entries(disposition.dropped)) {
          add(consumer.dropped, reason, spans)
          unaccounted -= spans
        }
        if (unaccounted !== 0) add(consumer.dropped, "unaccounted", unaccounted)
        forgetSettled()
      }

      const subscribe = Effect.fnUntraced(function* (name: string) {
        yield* available
        const consumer = consumers.get(name) ?? newConsumer(sequence)
        if (consumer.live !== undefined) return yield* unavailable(`${name} is already subscribed`)
        const published = Latch.makeUnsafe()
        consumer.live = published
        consumers.set(name, consumer)
        let position = consumer.cursor

        const active = Effect.andThen(
          available,
          Effect.suspend(() =>
            consumer.live === published && consumers.get(name) === consumer
              ? Effect.void
              : Effect.fail(unavailable(`${name} is no longer subscribed`))
          )
        )

        const take = Effect.fnUntraced(function* (maxBytes: number) {
          while (true) {
            yield* active
            published.closeUnsafe()
            const taken: Array<StoredFrame> = []
            let bytes = 0
            for (const frame of after(position)) {
              bytes += frame.bytes.byteLength
              if (taken.length > 0 && bytes > maxBytes) break
              taken.push(frame)
            }
            position = taken.at(-1)?.sequence ?? position
            if (taken.length > 0) return taken
            yield* published.await
          }
        })

        yield* Effect.addFinalizer(() =>
          Effect.sync(() => {
            consumer.live = undefined
            published.openUnsafe()
          })
        )

        const subscription: Subscription = {
          take,
          acknowledge: (upTo, disposition) => Effect.map(active, () => settle(consumer, upTo, disposition)),
          rewind: Effect.sync(() => {
            position = consumer.cursor
            published.openUnsafe()
          }),
          ledger: Effect.map(active, () => ledgerOf(consumer, after(consumer.cursor)))
        }
        return subscription
      })

      const unsubscribe = (name: string) =>
        Effect.map(available, () => {
          const live = consumers.get(name)?.live
          consumers.delete(name)
          forgetSettled()
          // Last: opening resumes a waiting `take` on this stack, and it must find its consumer gone.
          live?.openUnsafe()
        })

      return Context.make(TraceBus, {
        publish,
        recordLoss,
        subscribe,
        unsubscribe,
        consumers: Effect.map(available, () => [...consumers.keys()]),
        capacityBytes: options.maxBytes
      }).pipe(
        Context.add(MemoryTraceBus, {
          setMode: (next) =>
            Effect.sync(() => {
              mode = next
              changed.openUnsafe()
              changed.closeUnsafe()
            })
        })
      )
    })
  )

const newConsumer = (cursor: number): Consumer => ({
  cursor,
  captured: 0,
  delivered: 0,
  rejected: 0,
  deadLettered: 0,
  dropped: new Map(),
  live: undefined
})

const ledgerOf = (consumer: Consumer, queue: ReadonlyArray<StoredFrame>): Ledger => {
  const oldest = queue[0]
  return {
    captured: consumer.captured,
    delivered: consumer.delivered,
    rejected: consumer.rejected,
    deadLettered: consumer.deadLettered,
    dropped: Object.fromEntries(consumer.dropped),
    queued: sumOf(queue, spansOf),
    queuedBytes: sumOf(queue, bytesOf),
    ...(oldest === undefined ? {} : { oldestAt: oldest.publishedAt })
  }
}

const unavailable = (message: string) => new BusUnavailable({ cause: new Error(message) })

const add = (counts: Map<string, number>, reason: string, spans: number): void => {
  counts.set(reason, (counts.get(reason) ?? 0) + spans)
}

const spansOf = (frame: Frame): number => frame.spans
const bytesOf = (frame: Frame): number => frame.bytes.byteLength

const sumOf = (frames: ReadonlyArray<StoredFrame>, of: (frame: Frame) => number): number => {
  let total = 0
  for (const frame of frames) total += of(frame)
  return total
}

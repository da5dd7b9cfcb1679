import { randomBytes } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeRateLimitedLog } from "../../services/export/RateLimitedLog.ts"
import { Metrics } from "../../services/metrics/Metrics.ts"
import { BusFull, BusUnavailable, type Frame, TraceBus } from "../../services/trace/TraceBus.ts"
import { makeAccountBook } from "./AccountBook.ts"
import { consumerOf, durableName } from "./consumerNames.ts"
import { SILENCE_MS } from "./inHand.ts"
import { endDoubts, makeRoom } from "./makeRoom.ts"
import { CONSUMER_NOT_FOUND, type NatsAway, refusal, STREAM_FULL } from "./NatsAway.ts"
import { NatsLink } from "./NatsLink.ts"
import { makeNatsPublisher } from "./NatsPublisher.ts"
import { makeNatsSubscription, type NatsSubscription } from "./NatsSubscription.ts"
import { openConsumer } from "./openConsumer.ts"
import { isBefore, type PublicationOrder } from "./publicationOrder.ts"
import { type Beginning, consumers } from "./reclaim.ts"
import { makeStreamIndex } from "./StreamIndex.ts"
import { ensureStream, STREAM, type StreamSettings } from "./traceStream.ts"

const UPKEEP = "1 second"
/** Longer than whoever has something in hand takes to say so. */
const DOUBTS = "10 seconds"

/**
 * A bus in one JetStream stream, for any number of processes. Instances that subscribe the same consumer share its
 * frames; within one process a name has one live subscription.
 *
 * At least once: a frame is acknowledged after it was settled, and comes again where that did not happen. What is
 * settled is counted in the consumer's account before it is acknowledged, and counted once, whoever of the instances,
 * the server or the network was killed, frozen or cut in between.
 *
 * When the stream is nearly full, frames that some destination has settled make room, the oldest first: whoever is
 * behind drops them as `destination_behind`, the trace store as `store_behind`. Where every destination is behind, the
 * newest is refused.
 *
 * A consumer that a later configuration wants is not removed: `inForce` is the one that this process obeys.
 */
export const layer = (
  settings: StreamSettings,
  inForce: () => PublicationOrder | undefined = () => undefined
): Layer.Layer<TraceBus, never, NatsLink | Metrics> => Layer.effect(TraceBus, make(settings, inForce))

const make = Effect.fnUntraced(function* (settings: StreamSettings, inForce: () => PublicationOrder | undefined) {
  const link = yield* NatsLink
  const metrics = yield* Metrics
  const book = makeAccountBook(link, settings)
  const index = yield* makeStreamIndex(link)
  const publisher = makeNatsPublisher(link, settings)
  const live = new Map<string, NatsSubscription>()
  const ids = new WeakMap<Frame, string>()
  let ensured = false
  let reconnected = false
  /** When the stream was made that is followed here. */
  let current: string | undefined
  let begins: Beginning = { stream: "", first: 0 }

  observe(metrics, live)

  // A server may come back with an empty disk.
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      link.onUp(() => {
        ensured = false
        reconnected = true
      })
    ),
    (end) => Effect.sync(end)
  )

  const onBus = <A>(effect: Effect.Effect<A, NatsAway>): Effect.Effect<A, BusUnavailable> =>
    Effect.mapError(effect, ({ cause }) => new BusUnavailable({ cause }))

  const ready = Effect.suspend(() =>
    ensured
      ? Effect.void
      : Effect.map(ensureStream(link, settings), () => {
          ensured = true
        })
  )

  /** A frame that is tried again keeps its id. */
  const idOf = (frame: Frame): string => {
    const id = ids.get(frame) ?? randomBytes(24).toString("base64url")
    ids.set(frame, id)
    return id
  }

  const full = Effect.fnUntraced(function* () {
    const { config, state } = yield* link.use(async (connection) =>
      (await connection.jetstreamManager({ checkAPI: false })).streams.info(STREAM)
    )
    return new BusFull({ bytes: state.bytes, limit: config.max_bytes })
  })

  /** Says whether there was anything to remove. */
  const tidy = Effect.map(
    makeRoom({ link, book, log: makeRateLimitedLog({}), expected: () => [...live.keys()].map(durableName) }),
    (now) => {
      const freed = now.stream !== begins.stream || now.first > begins.first
      begins = now
      return freed
    }
  )

  const publish = Effect.fnUntraced(function* (frame: Frame) {
    yield* onBus(ready)
    const attempt = publisher.publish(frame, idOf(frame))
    const isFull = (error: NatsAway) => refusal(error) === STREAM_FULL
    yield* attempt.pipe(
      Effect.catchIf(isFull, (error) => Effect.flatMap(tidy, (freed) => (freed ? attempt : Effect.fail(error)))),
      Effect.catch((error) =>
        isFull(error)
          ? Effect.flatMap(onBus(full()), Effect.fail)
          : Effect.fail(new BusUnavailable({ cause: error.cause }))
      )
    )
  })

  /** A new consumer begins at the log's end, or where `origin` says. */
  const open = Effect.fnUntraced(function* (durable: string, origin?: number) {
    yield* ready
    const { account, stream } = yield* openConsumer(link, book, durable, origin === undefined ? {} : { origin })
    if (current !== undefined && current !== stream) yield* index.restart
    current = stream
    yield* index.cover(account.through)
    return { stream, through: account.through }
  })

  /**
   * The stream is another one than a subscription knew: everything in it came since, and is the consumer's. A consumer
   * that is missing in the same stream was removed by somebody.
   */
  const renew = Effect.fnUntraced(function* (durable: string, stream: string) {
    ensured = false
    yield* ready
    const now = yield* link.use(async (connection) =>
      (await connection.jetstreamManager({ checkAPI: false })).streams.info(STREAM)
    )
    if (now.created === stream) return
    yield* open(durable, 0)
    yield* Effect.logError("NATS has lost its stream and what was in it; begun anew", { consumer: consumerOf(durable) })
  })

  const subscribe = Effect.fnUntraced(function* (name: string) {
    if (live.has(name)) return yield* new BusUnavailable({ cause: new Error(`${name} is already subscribed`) })
    const durable = durableName(name)
    const { stream, through } = yield* onBus(open(durable))
    const subscription = yield* makeNatsSubscription({
      link,
      book,
      index,
      name,
      durable,
      through,
      stream,
      isCurrent: () => stream === current,
      // Of another stream, it would have the account forget what this one holds.
      first: () => (stream === begins.stream ? begins.first : 0),
      renew: renew(durable, stream)
    })
    // Another may have come while this one was made.
    if (live.has(name)) return yield* new BusUnavailable({ cause: new Error(`${name} is already subscribed`) })
    live.set(name, subscription)
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        if (live.get(name) === subscription) live.delete(name)
      })
    )
    return subscription
  })

  const unsubscribe = Effect.fnUntraced(function* (name: string) {
    const durable = durableName(name)
    const subscription = live.get(name)
    live.delete(name)
    if (subscription !== undefined) yield* subscription.end
    const account = yield* onBus(book.read(durable))
    const wanted = account?.wanted
    // This process has not heard yet of a configuration in which the destination is there.
    if (wanted !== undefined && !isBefore(wanted, inForce())) {
      return yield* new BusUnavailable({ cause: new Error(`${name} is wanted by a later configuration`) })
    }
    // Or another instance has: the last to leave removes it.
    if (yield* onBus(usedElsewhere(link, durable))) {
      return yield* new BusUnavailable({ cause: new Error(`${name} is still in use by another instance`) })
    }
    yield* onBus(
      link
        .use(async (connection) =>
          (await connection.jetstreamManager({ checkAPI: false })).consumers.delete(STREAM, durable)
        )
        .pipe(
          Effect.catchIf(
            (error) => refusal(error) === CONSUMER_NOT_FOUND,
            () => Effect.void
          ),
          // Whoever wants it again meanwhile keeps its account, and with it all that is in the stream since.
          Effect.andThen(account === undefined ? Effect.void : book.remove(durable, account))
        )
    )
  })

  /** Frees what all have settled or must give up, here and in the stream, and picks the index up where a connection was replaced. */
  const upkeep = Effect.gen(function* () {
    yield* Effect.sleep(UPKEEP)
    if (live.size === 0) return
    const through = Math.min(...[...live.values()].map((subscription) => subscription.through()))
    yield* index.cover(through)
    index.forget(through)
    yield* tidy
  }).pipe(Effect.ignore, Effect.forever)
  yield* Effect.forkScoped(upkeep)

  const settleDoubts = Effect.suspend(() => {
    // Nobody could say anything while there was no connection.
    const isHeard = !reconnected && link.isUp()
    reconnected = false
    return isHeard && live.size > 0 ? endDoubts(link, book) : Effect.void
  })
  yield* Effect.sleep(DOUBTS).pipe(Effect.andThen(settleDoubts), Effect.ignore, Effect.forever, Effect.forkScoped)

  return TraceBus.of({
    publish,
    recordLoss: (spans, reason) =>
      onBus(
        Effect.andThen(
          ready,
          Effect.suspend(() => publisher.publishLoss({ spans, reason }, randomBytes(24).toString("base64url")))
        )
      ),
    subscribe,
    unsubscribe,
    consumers: onBus(
      Effect.andThen(
        ready,
        Effect.map(consumers(link, book), (all) => all.map(({ durable }) => consumerOf(durable)).sort())
      )
    )
  })
})

/** Whether anybody waits for the consumer's frames, or has had some just now. */
const usedElsewhere = Effect.fnUntraced(function* (link: NatsLink["Service"], durable: string) {
  const info = yield* link
    .use(async (connection) => (await connection.jetstreamManager({ checkAPI: false })).consumers.info(STREAM, durable))
    .pipe(
      Effect.catchIf(
        (error) => refusal(error) === CONSUMER_NOT_FOUND,
        () => Effect.succeed(undefined)
      )
    )
  if (info === undefined) return false
  // The client's types say a number; it is a date in text, or absent.
  const idle = (yield* Clock.currentTimeMillis) - Date.parse(String(info.delivered.last_active))
  return info.num_waiting > 0 || (info.num_ack_pending > 0 && idle >= 0 && idle < 2 * SILENCE_MS)
})

const observe = (metrics: Metrics["Service"], live: ReadonlyMap<string, NatsSubscription>): void => {
  const each = (read: (subscription: NatsSubscription) => number | undefined) => () =>
    [...live].flatMap(([name, subscription]) => {
      const value = read(subscription)
      return value === undefined ? [] : [[[name], value] as const]
    })
  metrics.observed(
    "gauge",
    "spangate_nats_lag_frames",
    "Frames in the stream that no instance of the consumer has taken yet.",
    ["consumer"],
    each((subscription) => subscription.info()?.num_pending)
  )
  metrics.observed(
    "gauge",
    "spangate_nats_unacknowledged_frames",
    "Frames that instances of the consumer have in hand.",
    ["consumer"],
    each((subscription) => subscription.info()?.num_ack_pending)
  )
  metrics.observed(
    "counter",
    "spangate_nats_redelivered_frames_total",
    "Frames that came to this instance after they had been delivered before.",
    ["consumer"],
    each((subscription) => subscription.redelivered())
  )
}

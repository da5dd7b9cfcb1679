import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Semaphore from "effect/Semaphore"
import type { ConsumerInfo, JetStreamManager } from "nats"
import { BusUnavailable, type Disposition, type StoredFrame, type Subscription } from "../../services/trace/TraceBus.ts"
import { advance, type ConsumerAccount, isCounted, lastCounted, ledgerOf, settle } from "./ConsumerAccount.ts"
import { expire } from "./expiring.ts"
import { type DeliveredFrame, makeFramePull } from "./FramePull.ts"
import { say, sayAndHear } from "./frameWords.ts"
import { stillInHand } from "./givingUp.ts"
import { CONSUMER_NOT_FOUND, NatsAway, refusal, STREAM_NOT_FOUND } from "./NatsAway.ts"
import { makeOldestFrame } from "./oldestFrame.ts"
import type { SubscriptionParts } from "./SubscriptionParts.ts"
import { STREAM } from "./traceStream.ts"

/** Well within what is taken for silence, and often enough for one that gets lost. */
const STILL_WORKING = "4 seconds"
/** An account that nobody settles anything on is brought up to date, so that the index may forget. Also a word of life. */
const BOOKKEEPING = "5 seconds"
const LEADERLESS = "250 millis"
/** Frames of one pull. */
const BATCH = 256
/** What the server counts of a message beside the frame's bytes, with room to spare. */
const OVERHEAD = 512
/** A pull must have room for the largest frame. */
const MIN_PULL_BYTES = 8 * 1024 ** 2

const unavailable = (cause: unknown) => new BusUnavailable({ cause })

export interface NatsSubscription extends Subscription {
  readonly end: Effect.Effect<void>
  /** As last asked for by `ledger`. */
  readonly info: () => ConsumerInfo | undefined
  /** Frames that came although they had been delivered before. */
  readonly redelivered: () => number
  /** Where the account has been written down to. */
  readonly through: () => number
}

/**
 * One process's share of a durable consumer. Frames that it has are in memory here, from their delivery to their
 * acknowledgement: at most what one `take` asks for beyond those taken, and at most the consumer's `max_ack_pending`.
 */
export const makeNatsSubscription = Effect.fnUntraced(function* (parts: SubscriptionParts) {
  const { book, durable, index, link, name, stream } = parts
  /** Given to the caller and not yet acknowledged, in the order given. */
  let taken: Array<DeliveredFrame> = []
  /** Delivered and not yet given. */
  let waiting: Array<DeliveredFrame> = []
  /** All of both, by sequence: the server may send one again that is still here. */
  const here = new Map<number, DeliveredFrame>()
  const oldestFrame = makeOldestFrame(link)
  const rewound = Latch.makeUnsafe()
  const ending = Latch.makeUnsafe()
  const account = yield* Semaphore.make(1)
  let redelivered = 0
  let through = parts.through
  let ended = false
  let info: ConsumerInfo | undefined

  const deliver = (frame: DeliveredFrame) => {
    if (frame.again) redelivered += 1
    const known = here.get(frame.sequence)
    here.set(frame.sequence, frame)
    if (known === undefined) waiting.push(frame)
    else {
      taken = taken.map((held) => (held === known ? frame : held))
      waiting = waiting.map((held) => (held === known ? frame : held))
    }
  }

  // Whoever takes over gets at once what would otherwise come after the server's wait. It runs after the pull has let
  // go of its inbox, or the frames would come back here.
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => sayAndHear(link, [...taken, ...waiting], "-NAK")).pipe(Effect.ignore)
  )
  const pull = yield* makeFramePull(link, durable, deliver)

  const alive = Effect.suspend(() =>
    ended ? Effect.fail(unavailable(new Error(`${name} is no longer subscribed`))) : Effect.void
  )
  const onBus = <A>(effect: Effect.Effect<A, NatsAway>): Effect.Effect<A, BusUnavailable> =>
    Effect.andThen(
      alive,
      Effect.mapError(effect, ({ cause }) => unavailable(cause))
    )

  const manager = <A>(ask: (manager: JetStreamManager) => Promise<A>) =>
    link.use(async (connection) => ask(await connection.jetstreamManager({ checkAPI: false })))
  const consumerInfo = manager(({ consumers }) => consumers.info(STREAM, durable))

  const release = (frames: ReadonlyArray<DeliveredFrame>) => {
    for (const { sequence } of frames) here.delete(sequence)
    const gone = new Set(frames.map(({ sequence }) => sequence))
    taken = taken.filter(({ sequence }) => !gone.has(sequence))
    waiting = waiting.filter(({ sequence }) => !gone.has(sequence))
  }

  const end = Effect.sync(() => {
    ended = true
    ending.openUnsafe()
  })

  const gone = Effect.fail(new NatsAway({ cause: new Error(`${name} is gone from the bus`) }))

  /** A word on a frame of a stream that was replaced would be taken for one on the frame with its number in the new. */
  const replaced = Effect.suspend(() => {
    release([...here.values()])
    return Effect.andThen(end, gone)
  })

  const isOurs = (account: ConsumerAccount) => account.stream === stream && parts.isCurrent()
  const ours = (account: ConsumerAccount) => (isOurs(account) ? Effect.succeed(account) : replaced)
  const update = (change: (account: ConsumerAccount) => ConsumerAccount) =>
    Effect.flatMap(
      book.update(durable, (before) => (isOurs(before) ? change(before) : before)),
      ours
    )

  /** As far as this process has seen the stream. */
  const upToDate = (account: ConsumerAccount): ConsumerAccount => {
    const position = index.position()
    return position <= account.through ? account : advance(account, position, index.between(account.through, position))
  }

  /** What stands in the account already is acknowledged again, and goes no further. */
  const sortOut = Effect.gen(function* () {
    if (waiting.length === 0) return
    const known = yield* book.recall(durable)
    // The server delivers in order: what is not new here is in doubt, and another instance may have counted it since.
    const doubtful = waiting.some(({ again, sequence }) => again || sequence <= lastCounted(known))
    const now = yield* ours(doubtful ? ((yield* book.read(durable)) ?? known) : known)
    const settled = waiting.filter(({ sequence }) => isCounted(now, sequence))
    if (settled.length === 0) return
    yield* sayAndHear(link, settled, "+ACK")
    release(settled)
  })

  const give = (maxBytes: number): ReadonlyArray<StoredFrame> => {
    // What was published first goes first, whatever was delivered again in between.
    waiting.sort((a, b) => a.sequence - b.sequence)
    let bytes = 0
    const fits = waiting.findIndex((frame, at) => (bytes += frame.bytes.byteLength) > maxBytes && at > 0)
    const given = waiting.splice(0, fits < 0 ? waiting.length : fits)
    taken.push(...given)
    return given
  }

  /** A consumer without a leader gets one. */
  const lookFor = consumerInfo.pipe(
    Effect.catchIf(
      (error) => [CONSUMER_NOT_FOUND, STREAM_NOT_FOUND].includes(refusal(error) ?? 0),
      // What the old stream held is known here alone by now.
      () => Effect.ignore(update(upToDate)).pipe(Effect.andThen(parts.renew), Effect.andThen(replaced))
    ),
    Effect.andThen(Effect.sleep(LEADERLESS))
  )

  const fill = Effect.fnUntraced(function* (maxBytes: number) {
    const pullBytes = Math.max(maxBytes, MIN_PULL_BYTES) + BATCH * OVERHEAD
    while (bytesOf(waiting) < maxBytes) {
      const pulled = yield* pull(BATCH, pullBytes, false)
      if (pulled === "gone") return yield* gone
      if (pulled === "unheard") return yield* lookFor
      yield* sortOut
      if (pulled === "none") return
    }
  })

  /** An outage is waited out, so that nothing that is under way elsewhere has to begin anew. */
  const connected = Effect.andThen(Effect.raceFirst(link.whenUp, ending.await), alive)

  const whileUp = <A>(effect: Effect.Effect<A, NatsAway>): Effect.Effect<A | undefined, BusUnavailable> =>
    Effect.catch(onBus(effect), (error) => (link.isUp() ? Effect.fail(error) : Effect.succeed(undefined)))

  const take = Effect.fnUntraced(function* (maxBytes: number) {
    while (true) {
      yield* connected
      rewound.closeUnsafe()
      yield* whileUp(fill(maxBytes))
      yield* alive
      if (waiting.length > 0) return give(maxBytes)
      const some = whileUp(
        Effect.flatMap(pull(1, Math.max(maxBytes, MIN_PULL_BYTES) + OVERHEAD, true), (pulled) =>
          pulled === "gone" ? gone : pulled === "unheard" ? lookFor : Effect.void
        )
      )
      yield* Effect.raceFirst(some, Effect.raceFirst(rewound.await, ending.await))
    }
  })

  const noteThrough = (written: ConsumerAccount) =>
    Effect.sync(() => {
      through = written.through
    })

  const acknowledge = (sequence: number, disposition: Disposition): Effect.Effect<void, BusUnavailable> =>
    Effect.gen(function* () {
      yield* connected
      const all = [...taken, ...waiting]
      const at = all.findIndex((frame) => frame.sequence === sequence)
      if (at < 0) return
      const frames = all.slice(0, at + 1)
      const booked = update((before) => {
        // A write whose answer got lost is found done.
        const after = settle(before, frames, disposition, parts.first())
        return after === before ? before : upToDate(after)
      })
      yield* onBus(booked).pipe(Effect.flatMap(noteThrough))
      // The account has it: where the server does not hear of it, the frames come again and are found counted.
      yield* Effect.ignore(sayAndHear(link, frames, "+ACK"))
      release(frames)
    }).pipe(Semaphore.withPermit(account))

  const ledger = Effect.gen(function* () {
    const { created, state } = yield* onBus(manager(({ streams }) => streams.info(STREAM)))
    const consumer = yield* onBus(consumerInfo)
    info = consumer
    const found = yield* onBus(book.read(durable))
    let held = yield* onBus(found === undefined ? gone : ours(found))
    // Nobody has noticed yet that the stream was replaced.
    if (created !== stream) return yield* onBus(gone)
    if (state.messages > 0 && held.through < state.last_seq) yield* index.reached(state.last_seq)
    const nothingLeft = consumer.num_pending === 0 && consumer.num_ack_pending === 0
    if (nothingLeft) {
      const emptied = {
        through: state.last_seq,
        delivered: consumer.delivered.consumer_seq === 0 ? 0 : consumer.delivered.stream_seq,
        now: yield* Clock.currentTimeMillis
      }
      const beyond = ({ through }: ConsumerAccount) => index.between(through, state.last_seq)
      held = yield* onBus(update((before) => expire(before, beyond(before), emptied)))
    }
    const beyond = index.between(held.through, Math.max(index.position(), held.through))
    const booked = held
    const inHand = [...here.values()].filter(({ sequence }) => !isCounted(booked, sequence))
    const oldestAt =
      inHand.length > 0
        ? Math.min(...inHand.map(({ publishedAt }) => publishedAt))
        : nothingLeft
          ? undefined
          : yield* onBus(oldestFrame(consumer.ack_floor.stream_seq))
    return ledgerOf(booked, beyond, oldestAt)
  })

  yield* Effect.sleep(STILL_WORKING).pipe(
    Effect.andThen(Effect.suspend(() => say(link, [...here.values()], "+WPI"))),
    Effect.ignore,
    Effect.forever,
    Effect.forkScoped
  )

  const bookkeeping = Effect.gen(function* () {
    // As others have written it, who may have found another stream.
    yield* book.read(durable)
    const now = yield* Clock.currentTimeMillis
    return yield* update((before) => stillInHand(upToDate(before), here.keys(), now))
  }).pipe(Semaphore.withPermit(account))
  yield* Effect.sleep(BOOKKEEPING).pipe(
    Effect.andThen(bookkeeping),
    Effect.flatMap(noteThrough),
    Effect.ignore,
    Effect.forever,
    Effect.forkScoped
  )

  yield* Effect.addFinalizer(() => end)

  const subscription: NatsSubscription = {
    take,
    acknowledge,
    rewind: Effect.sync(() => {
      waiting = [...taken, ...waiting]
      taken = []
      rewound.openUnsafe()
    }),
    ledger,
    end,
    info: () => info,
    redelivered: () => redelivered,
    through: () => through
  }
  return subscription
})

const bytesOf = (frames: ReadonlyArray<DeliveredFrame>): number =>
  frames.reduce((total, frame) => total + frame.bytes.byteLength, 0)

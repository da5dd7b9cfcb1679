import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type {
  BusUnavailable,
  Disposition,
  Ledger,
  StoredFrame,
  Subscription
} from "../../../services/trace/TraceBus.ts"
import type { Spool } from "./Spool.ts"
import type { Place, Skip, SpoolLog } from "./SpoolLog.ts"

/** Before anything: a read from here starts at the cursor. */
const START: Place = { sequence: 0, spans: 0, bytes: 0 }

/**
 * A consumer's live end of the spool: where it reads, in memory, beside the cursor on disk. Frames in between are in
 * the consumer's hands.
 */
export class SpoolSubscription implements Subscription {
  readonly #spool: Spool
  readonly #name: string
  readonly #published = Latch.makeUnsafe()
  /** Of the last frame read. */
  #position: Place
  /** Places of the frames in hand, which may be removed under it. */
  readonly #held = new Map<number, Place>()
  /** Met while reading, and not yet settled. */
  #skips: ReadonlyArray<Skip> = []
  #ended = false

  readonly rewind: Effect.Effect<void>
  readonly ledger: Subscription["ledger"]

  constructor(spool: Spool, name: string, log: SpoolLog) {
    this.#spool = spool
    this.#name = name
    this.#position = log.cursor(name)
    this.rewind = Effect.sync(() => {
      this.#letGo(START)
      this.wake()
    })
    this.ledger = this.#use((log) => this.#ledger(log))
  }

  /** Frames were published, or the place to read from changed. */
  wake(): void {
    this.#published.openUnsafe()
  }

  /** Everything fails from now on. */
  end(): void {
    this.#ended = true
    this.wake()
  }

  /** The spool's file was replaced: nothing of the old one is left to read. */
  restart(log: SpoolLog): void {
    log.addConsumer(this.#name)
    this.#letGo(log.cursor(this.#name))
  }

  /** Whether frames have been taken that are not settled. */
  holdsFrames(log: SpoolLog): boolean {
    return this.#position.sequence > log.cursor(this.#name).sequence
  }

  readonly take = (maxBytes: number): Effect.Effect<ReadonlyArray<StoredFrame>, BusUnavailable> =>
    Effect.suspend(() => {
      // Closed before the look, so that a frame published after it opens the latch again.
      this.#published.closeUnsafe()
      return this.#use((log) => this.#read(log, maxBytes))
    }).pipe(
      Effect.flatMap((frames) =>
        frames.length > 0 ? Effect.succeed(frames) : Effect.andThen(this.#published.await, this.take(maxBytes))
      )
    )

  readonly acknowledge = (sequence: number, disposition: Disposition): Effect.Effect<void, BusUnavailable> =>
    this.#use((log) => {
      if (sequence <= log.cursor(this.#name).sequence) return
      const upTo = this.#held.get(sequence) ?? log.placeOf(sequence)
      this.#skips = log.settle(this.#name, upTo, this.#skips, {
        disposition,
        // Further than asked: the frame was removed after its consumer had let go of it, with all before `upTo`.
        remainder: upTo.sequence > sequence ? log.removedReason(this.#name) : "unaccounted"
      })
      for (const held of this.#held.keys()) if (held <= upTo.sequence) this.#held.delete(held)
    })

  #letGo(position: Place): void {
    this.#position = position
    this.#skips = []
    this.#held.clear()
  }

  #use<A>(body: (log: SpoolLog) => A): Effect.Effect<A, BusUnavailable> {
    return this.#spool.use((log) => {
      if (this.#ended) throw new Error(`${this.#name} is no longer subscribed`)
      return body(log)
    })
  }

  #from(cursor: Place): Place {
    return cursor.sequence > this.#position.sequence ? cursor : this.#position
  }

  /** What was removed in front of the place to read from. */
  #removed(log: SpoolLog, cursor: Place): Skip | undefined {
    const to = log.removed()
    const { sequence, spans, bytes } = this.#from(cursor)
    return to.sequence <= sequence
      ? undefined
      : {
          from: sequence + 1,
          to,
          spans: to.spans - spans,
          bytes: to.bytes - bytes,
          reason: log.removedReason(this.#name)
        }
  }

  /**
   * What was removed behind frames in hand is settled with them, and is not queued until then. Damage may be met again
   * after a rewind, and counts when it is settled.
   */
  #ledger(log: SpoolLog): Ledger {
    const ledger = log.ledger(this.#name)
    const removed = this.#removed(log, log.cursor(this.#name))
    let { queued, queuedBytes } = ledger
    const dropped = { ...ledger.dropped }
    const skips = this.#skips.filter(({ reason }) => reason !== "corrupt")
    for (const { bytes, reason, spans } of removed === undefined ? skips : [...skips, removed]) {
      dropped[reason] = (dropped[reason] ?? 0) + spans
      queued -= spans
      queuedBytes -= bytes
    }
    return { ...ledger, dropped, queued, queuedBytes }
  }

  #read(log: SpoolLog, maxBytes: number): ReadonlyArray<StoredFrame> {
    const cursor = log.cursor(this.#name)
    const skips = [...this.#skips]
    const removed = this.#removed(log, cursor)
    if (removed !== undefined) skips.push(removed)
    let position = removed?.to ?? this.#from(cursor)

    const frames: Array<StoredFrame> = []
    let bytes = 0
    for (const meta of log.after(position.sequence)) {
      bytes += meta.bytes
      if (frames.length > 0 && bytes > maxBytes) break
      const payload = log.payload(meta)
      const to = { sequence: meta.sequence, spans: meta.spans_through, bytes: meta.bytes_through }
      position = to
      if (payload === undefined) {
        skips.push({ from: to.sequence, to, spans: meta.spans, bytes: meta.bytes, reason: "corrupt" })
      } else {
        const { events, published_at, sequence, spans } = meta
        this.#held.set(sequence, to)
        frames.push({ sequence, publishedAt: published_at, events, spans, bytes: payload })
      }
    }
    this.#position = position
    // What nobody will acknowledge is settled at once where no frame in hand comes before it.
    this.#skips = skips.length === 0 ? skips : log.settle(this.#name, cursor, skips)
    return frames
  }
}

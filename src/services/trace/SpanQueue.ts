import type { CapturedEvent, PublisherStats } from "./SpanPublisher.ts"
import { spanCount } from "./spanIds.ts"

/** Memory of an event without its bodies, roughly: header, stages, the arrays around them. */
const HEADER_BYTES = 1024

/** Events taken from the queue together. They stay counted as queued until they are settled. */
export interface Batch {
  readonly events: ReadonlyArray<CapturedEvent>
  readonly bytes: number
  readonly spans: number
}

/** What a batch weighs, without holding on to its bodies. */
export interface Claim {
  readonly events: number
  readonly bytes: number
  readonly spans: number
}

/**
 * Events between the request path and the bus, bounded by count and bytes; what is with the bus but not yet stored
 * counts too. When it is full the newest event is dropped. At any moment, in spans:
 * captured = published + dropped + queued.
 */
export class SpanQueue {
  readonly #limits: { readonly events: number; readonly bytes: number }
  #events: Array<CapturedEvent> = []
  #sizes: Array<number> = []
  #waitingBytes = 0
  #queuedEvents = 0
  #queuedBytes = 0
  #captured = 0
  #published = 0
  #closed = false
  readonly #dropped = new Map<string, number>()
  readonly #untold = new Map<string, number>()

  constructor(limits: { readonly events: number; readonly bytes: number }) {
    this.#limits = limits
  }

  offer(event: CapturedEvent): void {
    const spans = spanCount(event.header)
    this.#captured += spans
    const bytes = sizeOf(event)
    const full = this.#queuedEvents >= this.#limits.events || this.#queuedBytes + bytes > this.#limits.bytes
    if (full || this.#closed) {
      this.#drop(spans, this.#closed ? "shutdown" : "queue_full")
      return
    }
    this.#events.push(event)
    this.#sizes.push(bytes)
    this.#waitingBytes += bytes
    this.#queuedEvents += 1
    this.#queuedBytes += bytes
  }

  /** Events not yet taken. */
  get waiting(): number {
    return this.#events.length
  }

  /** Bytes of the events not yet taken. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Nothing waits, and everything taken is settled. */
  get idle(): boolean {
    return this.#queuedEvents === 0
  }

  /** The oldest events that fit, and at least one. */
  take(maxEvents: number, maxBytes: number): Batch {
    let count = 0
    let bytes = 0
    let spans = 0
    for (const event of this.#events) {
      const size = this.#sizes[count] ?? 0
      if (count === maxEvents || (count > 0 && bytes + size > maxBytes)) break
      count += 1
      bytes += size
      spans += spanCount(event.header)
    }
    this.#sizes.splice(0, count)
    this.#waitingBytes -= bytes
    return { events: this.#events.splice(0, count), bytes, spans }
  }

  published(claim: Claim): void {
    this.#release(claim)
    this.#published += claim.spans
  }

  lost(claim: Claim, reason: string): void {
    this.#release(claim)
    this.#drop(claim.spans, reason)
  }

  /** Drops what still waits and everything that is offered from now on. */
  close(): void {
    this.#closed = true
    const { events, bytes, spans } = this.take(this.#events.length, Number.POSITIVE_INFINITY)
    if (events.length > 0) this.lost({ events: events.length, bytes, spans }, "shutdown")
  }

  /** A loss nobody has been told of yet, summed by reason: the caller now is. */
  takeUntold(): { readonly reason: string; readonly spans: number } | undefined {
    for (const [reason, spans] of this.#untold) {
      this.#untold.delete(reason)
      return { reason, spans }
    }
    return undefined
  }

  /** Takes back a loss that could not be told. */
  returnUntold(spans: number, reason: string): void {
    this.#untold.set(reason, (this.#untold.get(reason) ?? 0) + spans)
  }

  get hasUntold(): boolean {
    return this.#untold.size > 0
  }

  stats(): PublisherStats {
    return {
      queuedEvents: this.#queuedEvents,
      queuedBytes: this.#queuedBytes,
      capturedSpans: this.#captured,
      publishedSpans: this.#published,
      droppedSpans: Object.fromEntries(this.#dropped)
    }
  }

  #drop(spans: number, reason: string): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + spans)
    this.returnUntold(spans, reason)
  }

  #release(claim: Claim): void {
    this.#queuedEvents -= claim.events
    this.#queuedBytes -= claim.bytes
  }
}

const sizeOf = (event: CapturedEvent): number => {
  let bytes = HEADER_BYTES
  for (const chunk of event.request) bytes += chunk.byteLength
  for (const chunk of event.response) bytes += chunk.byteLength
  return bytes
}

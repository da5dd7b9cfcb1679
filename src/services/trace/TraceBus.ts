import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/** A batch of encoded events (`frame.ts`): the unit that is stored, consumed and acknowledged. */
export interface Frame {
  readonly bytes: Uint8Array
  readonly events: number
  /** Spans that the events expand to. */
  readonly spans: number
}

/** A frame as a consumer sees it. `sequence` grows by publication and survives restarts. */
export interface StoredFrame extends Frame {
  readonly sequence: number
  /** Unix milliseconds. */
  readonly publishedAt: number
}

/** What became of the spans of acknowledged frames. Their sum is the frames' span count. */
export interface Disposition {
  readonly delivered: number
  readonly rejected: number
  readonly deadLettered: number
  /** By reason: `http_400`, `expired`, `spool_full`… */
  readonly dropped: { readonly [reason: string]: number }
}

/** A consumer's account in spans. Always: captured = delivered + rejected + deadLettered + sum(dropped) + queued. */
export interface Ledger {
  readonly captured: number
  readonly delivered: number
  readonly rejected: number
  readonly deadLettered: number
  readonly dropped: { readonly [reason: string]: number }
  readonly queued: number
  readonly queuedBytes: number
  /** Unix milliseconds of the oldest frame not yet acknowledged. */
  readonly oldestAt?: number
}

/** The bus takes nothing more: its bound in bytes is reached. The newest is what is dropped. */
export class BusFull extends Schema.TaggedError<BusFull>()("BusFull", {
  bytes: Schema.Number,
  limit: Schema.Number
}) {}

/** The bus could not store the frame now; the same frame may be tried again. */
export class BusUnavailable extends Schema.TaggedError<BusUnavailable>()("BusUnavailable", {
  cause: Schema.Defect()
}) {}

export interface Subscription {
  /**
   * Frames after the last one taken, in order: waits for the first, then gives what is there up to `maxBytes`
   * (at least one frame). Frames that were taken but not acknowledged come again after a restart or `rewind`.
   */
  readonly take: (maxBytes: number) => Effect.Effect<ReadonlyArray<StoredFrame>, BusUnavailable>
  /** Settles every frame up to and including `sequence`. Durable when it returns. */
  readonly acknowledge: (sequence: number, disposition: Disposition) => Effect.Effect<void, BusUnavailable>
  /** Makes the next `take` start after the last acknowledged frame. */
  readonly rewind: Effect.Effect<void>
  readonly ledger: Effect.Effect<Ledger, BusUnavailable>
}

/** A durable log of frames with one cursor per named consumer; at least once. */
export class TraceBus extends Context.Service<
  TraceBus,
  {
    /** Durable to a process kill when it returns. */
    readonly publish: (frame: Frame) => Effect.Effect<void, BusFull | BusUnavailable>
    /** Spans lost before they reached the bus, so that every consumer's ledger can say so. */
    readonly recordLoss: (spans: number, reason: string) => Effect.Effect<void, BusUnavailable>
    /** A new name starts at the log's end; a known one where it stopped. One live subscription per name. */
    readonly subscribe: (consumer: string) => Effect.Effect<Subscription, BusUnavailable, Scope.Scope>
    /** Forgets a consumer, so that frames are no longer kept for it. */
    readonly unsubscribe: (consumer: string) => Effect.Effect<void, BusUnavailable>
    readonly consumers: Effect.Effect<ReadonlyArray<string>, BusUnavailable>
    /** Bytes of frames that it holds at most, where it has a bound of its own. */
    readonly capacityBytes?: number
  }
>()("spangate/services/trace/TraceBus") {}

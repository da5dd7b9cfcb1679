import * as Context from "effect/Context"
import type { TraceHeader } from "./TraceEvent.ts"

/** An event as the request path lets go of it: bodies by reference, not yet encoded. */
export interface CapturedEvent {
  readonly header: TraceHeader
  readonly request: ReadonlyArray<Uint8Array>
  readonly response: ReadonlyArray<Uint8Array>
}

export interface PublisherStats {
  readonly queuedEvents: number
  readonly queuedBytes: number
  readonly capturedSpans: number
  readonly publishedSpans: number
  readonly droppedSpans: { readonly [reason: string]: number }
}

/** The only thing the gateway knows of tracing's other side. */
export class SpanPublisher extends Context.Service<
  SpanPublisher,
  {
    /** Constant time, never blocks, never fails: when the queue is full the event is dropped and counted. */
    readonly offer: (event: CapturedEvent) => void
    readonly stats: () => PublisherStats
  }
>()("spangate/services/trace/SpanPublisher") {}

import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { StoreUnavailable } from "./StoreUnavailable.ts"
import type {
  InvalidCursor,
  Series,
  SeriesRequest,
  TopRequest,
  TopRow,
  TracePage,
  TracePageRequest
} from "./TraceQuery.ts"
import type { StoredTrace } from "./TraceSummary.ts"

export interface Retention {
  /** Traces whose request began earlier go. Unix milliseconds. */
  readonly before: number
  /** The oldest go until the store is smaller. */
  readonly maxBytes: number
}

export interface TraceStoreSize {
  readonly traces: number
  /** On disk, about. */
  readonly bytes: number
  /** Start of the oldest trace, Unix milliseconds; absent when there is none. */
  readonly oldest?: number
}

/** Whoever calls may give all their requests one trace id. */
export const MOST_REQUESTS = 1000

/**
 * The product's own storage of traces; export is additive to it. Rows are named by trace id and root span id.
 * Rollups by minute outlive the rows until their own age, so that charts stay fast at any size.
 */
export class TraceStore extends Context.Service<
  TraceStore,
  {
    /**
     * Stores a batch, all or nothing, durable to a killed process when it returns. Idempotent: a row that is there
     * stays, and counts once in the rollups. `batch` is the same for the same traces when they come again. Traces are
     * taken one by one, once, and others get a turn in between: each may be made when it is its turn.
     */
    readonly append: (traces: Iterable<StoredTrace>, batch: string) => Effect.Effect<void, StoreUnavailable>
    /** Traces of a good batch, where the store has a mind of its own; else the more the better. */
    readonly batchTraces?: number
    /**
     * The requests of a trace, oldest first, `MOST_REQUESTS` at most; with `spanId` the one that has this root, whichever
     * it is. Empty when there is none. They are read while they are pulled, few at a time, and others come in between.
     */
    readonly get: (traceId: string, spanId?: string) => Stream.Stream<StoredTrace, StoreUnavailable>
    readonly page: (request: TracePageRequest) => Effect.Effect<TracePage, StoreUnavailable | InvalidCursor>
    readonly series: (request: SeriesRequest) => Effect.Effect<Series, StoreUnavailable>
    readonly top: (request: TopRequest) => Effect.Effect<ReadonlyArray<TopRow>, StoreUnavailable>
    /** One step of it; gives how many traces went. Called again and again, it never holds the store for long. */
    readonly retain: (retention: Retention) => Effect.Effect<number, StoreUnavailable>
    readonly size: Effect.Effect<TraceStoreSize, StoreUnavailable>
  }
>()("spangate/services/store/TraceStore") {}

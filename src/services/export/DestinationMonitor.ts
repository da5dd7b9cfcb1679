import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import type { Ledger, Subscription } from "../trace/TraceBus.ts"
import type { DestinationStatus, Health, HealthState } from "./DestinationStatus.ts"
import type { Loss } from "./frameParts.ts"
import { makeHistogram } from "./Histogram.ts"
import { makeRateLimitedLog } from "./RateLimitedLog.ts"
import type { Accepted, Attempt, Permanent, Retryable } from "./TraceSink.ts"

const LEDGER_PATIENCE = "1 second"

const LATENCY_BOUNDS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/**
 * Watches one destination: its health, its counters, its log lines. It outlives the destination's restarts. What the
 * destination says may quote prompts: its words stand in the status, never in a log line.
 */
export interface DestinationMonitor {
  /** The entry was read anew: what was wrong with the old one says nothing of it. */
  readonly restarted: (maxBatchBytes: number) => Effect.Effect<void>
  readonly timed: (attempt: Attempt) => Attempt
  readonly accepted: (answer: Accepted) => Effect.Effect<void>
  readonly retrying: (error: Retryable, delayMs: number) => Effect.Effect<void>
  readonly refused: (error: Permanent, spans: number) => Effect.Effect<void>
  /** The key is refused: nothing is sent until the entry changes. Also to be called as a reminder of it. */
  readonly paused: (refusal: Permanent) => Effect.Effect<void>
  /** Nothing can be sent with the entry as it is. Also to be called as a reminder of it. */
  readonly misconfigured: (message: string) => Effect.Effect<void>
  /** So many requests are made to find out which trace is to blame for a refusal. */
  readonly probing: (probes: number) => Effect.Effect<void>
  readonly lost: (loss: Loss) => Effect.Effect<void>
  /** Trouble of ours, not the destination's. */
  readonly trouble: (kind: string, fields: { readonly [name: string]: unknown }) => Effect.Effect<void>
  readonly lowered: (maxBatchBytes: number) => Effect.Effect<void>
  /** Where the account is read from now; `ready` opens. */
  readonly watch: (subscription: Subscription) => Effect.Effect<void>
  /** Open once the destination has its place in the bus: what is published from here on reaches it. */
  readonly ready: Latch.Latch
  readonly status: Effect.Effect<DestinationStatus>
}

export const makeDestinationMonitor = Effect.fnUntraced(function* (name: string): Effect.fn.Return<DestinationMonitor> {
  const log = makeRateLimitedLog({ destination: name })
  const latency = makeHistogram(LATENCY_BOUNDS_SECONDS)
  let health: Health = { state: "healthy", since: yield* Clock.currentTimeMillis }
  let retries = 0
  let batches = 0
  let maxBatchBytes = 0
  let paused = false
  let probes = 0
  let subscription: Subscription | undefined
  let ledger: Ledger | undefined
  const ready = yield* Latch.make()

  const enter = (state: HealthState, error?: { readonly reason: string; readonly message?: string }) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const lastError = error === undefined ? health.lastError : { ...error, at: now }
      health = {
        ...health,
        state,
        since: health.state === state ? health.since : now,
        ...(lastError === undefined ? {} : { lastError })
      }
    })

  const succeeded = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    health = { ...health, lastSuccessAt: now }
    return enter("healthy")
  })

  // A bus that cannot be read, or does not answer, leaves the last account standing: an old figure is better than none.
  const account = Effect.suspend(() =>
    subscription === undefined
      ? Effect.succeed(ledger)
      : subscription.ledger.pipe(
          Effect.timeout(LEDGER_PATIENCE),
          Effect.tap((current) => Effect.sync(() => void (ledger = current))),
          Effect.orElseSucceed(() => ledger)
        )
  )

  const stopped = Effect.fnUntraced(function* (
    state: HealthState,
    error: { readonly reason: string; readonly message?: string },
    line: string,
    fields: { readonly [name: string]: unknown } = {}
  ) {
    paused = true
    yield* enter(state, error)
    yield* Effect.logError(line).pipe(
      Effect.annotateLogs({
        destination: name,
        reason: error.reason,
        ...fields,
        queuedSpans: (yield* account)?.queued ?? 0
      })
    )
  })

  return {
    restarted: (bytes) =>
      Effect.suspend(() => {
        maxBatchBytes = bytes
        paused = false
        return enter("healthy")
      }),
    timed: (attempt) =>
      Effect.flatMap(Clock.monotonicTimeNanos, (start) =>
        Effect.onExit(attempt, (exit) =>
          Effect.map(Clock.monotonicTimeNanos, (end) => {
            if (Exit.isSuccess(exit) || !Exit.hasInterrupts(exit)) {
              latency.observe(Duration.toSeconds(Duration.nanos(end - start)))
            }
          })
        )
      ),
    accepted: (answer) =>
      Effect.suspend(() => {
        batches++
        if (answer.rejectedSpans === 0 && answer.message === undefined) return succeeded
        const kind = answer.rejectedSpans > 0 ? "destination rejected spans" : "destination sent a warning"
        return Effect.andThen(succeeded, log.warn(kind, { rejectedSpans: answer.rejectedSpans }))
      }),
    retrying: (error, delayMs) =>
      Effect.suspend(() => {
        retries++
        return Effect.andThen(
          enter("retrying", { reason: error.reason }),
          log.warn("export is retried", { reason: error.reason, delayMs: Math.round(delayMs) })
        )
      }),
    refused: (error, spans) =>
      Effect.andThen(
        enter(error.fault ?? "refusing", wordsOf(error)),
        log.warn("destination refused a batch", { reason: error.reason, spans })
      ),
    paused: (refusal) =>
      stopped("unauthorized", wordsOf(refusal), "destination refuses its key: nothing is sent until its entry changes"),
    misconfigured: (message) =>
      stopped(
        "misconfigured",
        { reason: "misconfigured", message },
        "destination cannot be opened: nothing is sent until its entry changes",
        { detail: message }
      ),
    probing: (count) => Effect.sync(() => void (probes += count)),
    lost: (loss) => log.warn(`spans cannot be sent: ${loss.reason}`, { spans: loss.spans, detail: loss.detail }),
    trouble: (kind, fields) => log.warn(kind, fields),
    lowered: (bytes) =>
      Effect.suspend(() => {
        maxBatchBytes = bytes
        return log.warn("batches get smaller", { maxBatchBytes: bytes })
      }),
    watch: (current) => {
      subscription = current
      return Latch.open(ready)
    },
    ready,
    status: Effect.map(account, (ledger) => ({
      name,
      ...(ledger === undefined ? {} : { ledger }),
      health,
      paused,
      retries,
      batches,
      probes,
      maxBatchBytes,
      latency: latency.snapshot()
    }))
  }
})

const wordsOf = ({ message, reason }: Permanent) => ({ reason, ...(message ? { message } : {}) })

import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as TestClock from "effect/testing/TestClock"
import * as MemoryDeadLetters from "../../../src/layers/fake/MemoryDeadLetters.ts"
import * as MemoryTraceBus from "../../../src/layers/fake/MemoryTraceBus.ts"
import { makeWaiters } from "../../../src/layers/fake/Waiters.ts"
import type { CompiledConfig, Destination } from "../../../src/services/config/CompiledConfig.ts"
import { ConfigSync } from "../../../src/services/config/ConfigSync.ts"
import { type DeadLetterAccount, DeadLetters } from "../../../src/services/export/DeadLetters.ts"
import type { DestinationStatus } from "../../../src/services/export/DestinationStatus.ts"
import { Exporter } from "../../../src/services/export/Exporter.ts"
import {
  type Accepted,
  type Attempt,
  Permanent,
  Retryable,
  SinkMisconfigured,
  TraceSinks
} from "../../../src/services/export/TraceSink.ts"
import { type Ledger, TraceBus } from "../../../src/services/trace/TraceBus.ts"

export const destination = (name: string, rest: Partial<Destination> = {}): Destination => ({
  name,
  endpoint: `https://${name}.test/v1/traces`,
  protocol: "http",
  encoding: "proto",
  headers: { Authorization: Redacted.make(`key-of-${name}`) },
  excludeRequestData: false,
  compression: "none",
  resource: {},
  timeoutMs: 10_000,
  maxBatchBytes: 4 * 1024 * 1024,
  maxBatchSpans: 10_000,
  onUnauthorized: "pause",
  redaction: { denyAttributes: [], mask: [] },
  sampling: { parent: "ignore", unsampledRate: 0, remoteParent: "parent" },
  exporter: "native",
  ...rest
})

export const config = (
  destinations: ReadonlyArray<Destination>,
  resource: CompiledConfig["resource"] = {}
): CompiledConfig => ({
  revision: "r1",
  capture: "full",
  maxBodyBytes: 0,
  resource,
  routes: new Map(),
  tokens: new Map(),
  jwtIssuers: new Map(),
  destinations
})

/** What a destination does with a batch. `hang` never answers; `defect` is a bug of the sink. */
export type Answer =
  | { readonly accept: Partial<Accepted> }
  | { readonly retry: string; readonly afterMs?: number }
  | { readonly drop: string; readonly fault?: "unauthorized" | "misconfigured"; readonly message?: string }
  | "hang"
  | "defect"

export const ok: Answer = { accept: {} }

const attemptOf = (answer: Answer): Attempt => {
  if (answer === "hang") return Effect.never
  if (answer === "defect") return Effect.die(new Error("a bug"))
  if ("accept" in answer) return Effect.succeed({ rejectedSpans: 0, ...answer.accept })
  if ("retry" in answer) {
    const rest = answer.afterMs === undefined ? {} : { retryAfterMs: answer.afterMs }
    return Effect.fail(new Retryable({ reason: answer.retry, ...rest }))
  }
  return Effect.fail(
    new Permanent({
      reason: answer.drop,
      ...(answer.fault === undefined ? {} : { fault: answer.fault }),
      ...(answer.message === undefined ? {} : { message: answer.message })
    })
  )
}

export interface Sent {
  readonly destination: Destination
  readonly spanIds: ReadonlyArray<string>
  readonly attributes: ReadonlyArray<object>
  readonly bytes: number
}

/** Destinations that answer by script, and the exporter between them and a bus in memory. */
export class Harness extends Context.Service<
  Harness,
  {
    readonly configure: (config: CompiledConfig) => Effect.Effect<void>
    /** One answer for each of a destination's next sends; afterwards, what `always` said last, at first `ok`. */
    readonly script: (name: string, answers: ReadonlyArray<Answer>) => void
    readonly always: (name: string, answer: Answer) => void
    /** What the batch itself makes the destination say; the script is for batches that this has nothing for. */
    readonly decide: (name: string, decide: (sent: Sent) => Answer | undefined) => void
    /** Every send, repeated ones too. */
    readonly sends: () => ReadonlyArray<Sent>
    readonly untilSends: (count: number) => Effect.Effect<void>
    /** Endpoints of sinks opened, in order. */
    readonly opened: () => ReadonlyArray<string>
    readonly openSinks: () => number
    /** Encoded, and not given back. What was given back must not be sent again. */
    readonly unreleased: () => number
    /** Makes the preparation of the next batch die. */
    readonly breakPreparation: () => void
    /** Makes opening fail while it says so. */
    readonly misconfigure: (message: string | undefined) => void
  }
>()("test/export/Harness") {
  static readonly layer = (initial: CompiledConfig) =>
    Layer.effectContext(
      Effect.gen(function* () {
        const ref = yield* SubscriptionRef.make(initial)
        const waiters = makeWaiters()
        const sends: Array<Sent> = []
        const scripts = new Map<string, Array<Answer>>()
        const always = new Map<string, Answer>()
        const deciders = new Map<string, (sent: Sent) => Answer | undefined>()
        const opened: Array<string> = []
        let openSinks = 0
        let broken: string | undefined
        let preparationBroken = false
        const encoder = new TextEncoder()
        const encoded = new Set<Uint8Array>()

        const sinks = TraceSinks.of({
          open: (destination, common) =>
            Effect.gen(function* () {
              if (broken !== undefined) return yield* new SinkMisconfigured({ message: broken })
              opened.push(destination.endpoint)
              openSinks++
              yield* Effect.addFinalizer(() => Effect.sync(() => openSinks--))
              const resource = { attributes: { ...common }, merge: () => resource, getRawAttributes: () => [] }
              return {
                resource,
                senderOf: () => ({ resource, bytes: 0 }),
                scope: { name: "test" },
                encode: (spans) => {
                  const bytes = encoder.encode(JSON.stringify(spans.map((span) => span.attributes)))
                  encoded.add(bytes)
                  return bytes
                },
                release: (bytes) => assert.isTrue(encoded.delete(bytes), "given back twice"),
                envelopeBytes: 10,
                prepare: (batch) => {
                  if (preparationBroken) {
                    preparationBroken = false
                    return Effect.die(new Error("a bug"))
                  }
                  return Effect.succeed(
                    Effect.suspend(() => {
                      for (const { bytes } of batch.parts) assert.isTrue(bytes.length === 0 || encoded.has(bytes))
                      const spans = batch.parts.flatMap((part) => part.spans())
                      const sent: Sent = {
                        destination,
                        spanIds: spans.map((span) => `${span.spanContext().traceId}/${span.spanContext().spanId}`),
                        attributes: spans.map((span) => span.attributes),
                        bytes: batch.byteLength
                      }
                      sends.push(sent)
                      waiters.changed()
                      const { name } = destination
                      const answer = deciders.get(name)?.(sent) ?? scripts.get(name)?.shift() ?? always.get(name) ?? ok
                      return attemptOf(answer)
                    })
                  )
                }
              }
            })
        })

        return Context.make(TraceSinks, sinks).pipe(
          Context.add(
            ConfigSync,
            ConfigSync.of({
              current: () => SubscriptionRef.getUnsafe(ref),
              changes: SubscriptionRef.changes(ref),
              refused: () => 0
            })
          ),
          Context.add(
            Harness,
            Harness.of({
              configure: (next) => SubscriptionRef.set(ref, next),
              script: (name, answers) => {
                scripts.set(name, [...(scripts.get(name) ?? []), ...answers])
              },
              always: (name, answer) => {
                always.set(name, answer)
              },
              decide: (name, decide) => {
                deciders.set(name, decide)
              },
              sends: () => sends,
              untilSends: (count) =>
                Effect.asVoid(waiters.until(() => (sends.length >= count ? Option.some(count) : Option.none()))),
              opened: () => opened,
              openSinks: () => openSinks,
              unreleased: () => encoded.size,
              breakPreparation: () => {
                preparationBroken = true
              },
              misconfigure: (message) => {
                broken = message
              }
            })
          )
        )
      })
    )
}

/** The world without an exporter: one is started, and killed, with `start`. */
export const world = (...destinations: ReadonlyArray<Destination>) =>
  Layer.mergeAll(
    Harness.layer(config(destinations)),
    MemoryTraceBus.layer({ maxBytes: 64 * 1024 * 1024 }),
    MemoryDeadLetters.layer({ maxBytes: 64 * 1024 * 1024 })
  )

export const exporting = (...destinations: ReadonlyArray<Destination>) =>
  Layer.provideMerge(Exporter.layer, world(...destinations))

/** An exporter of its own in the same world; `kill` ends it without a flush. */
export const start = Effect.gen(function* () {
  const scope = yield* Scope.make()
  const context = yield* Layer.buildWithScope(Layer.fresh(Exporter.layer), scope)
  return { exporter: Context.get(context, Exporter), kill: Scope.close(scope, Exit.void) }
})

export const publish = Effect.fnUntraced(function* (frame: Parameters<TraceBus["Service"]["publish"]>[0]) {
  const bus = yield* TraceBus
  yield* bus.publish(frame)
})

export const statusOf = Effect.fnUntraced(function* (name: string) {
  const exporter = yield* Exporter
  const found = (yield* exporter.statuses).find((status) => status.name === name)
  return found ?? assert.fail(`no destination ${name}`)
})

export const ledgerOf = (status: DestinationStatus): Ledger => status.ledger ?? assert.fail("no ledger")

export const dropsOf = (ledger: Ledger): number => Object.values(ledger.dropped).reduce((sum, spans) => sum + spans, 0)

export const assertBalanced = (ledger: Ledger) => {
  assert.strictEqual(
    ledger.captured,
    ledger.delivered + ledger.rejected + ledger.deadLettered + dropsOf(ledger) + ledger.queued
  )
  // Where the bus puts what an acknowledgement forgot.
  assert.notProperty(ledger.dropped, "unaccounted")
}

/** Lets every fiber that can go on do so, without time passing. */
export const settled = Effect.repeat(Effect.yieldNow, { times: 200 })

/** Time passes until the destination has nothing queued. */
export const untilEmpty = Effect.fnUntraced(function* (name: string) {
  for (let second = 0; second < 1000; second++) {
    yield* settled
    const status = yield* statusOf(name)
    if (status.ledger?.queued === 0) return status
    yield* TestClock.adjust("1 second")
  }
  return assert.fail(`${name} never ran empty`)
})

/** Every dead letter of a destination, the oldest first. */
export const lettersOf = Effect.fnUntraced(function* (name: string) {
  const deadLetters = yield* DeadLetters
  const letters = yield* deadLetters.list({ destination: name }, 100_000)
  return yield* Effect.forEach([...letters].reverse(), ({ id }) => Effect.map(deadLetters.get(id), Option.getOrThrow))
})

/** A trace id as the traces of these tests have it. */
export const traceIdOf = (index: number): string => index.toString(16).padStart(32, "0")

export const assertAccountBalanced = ({
  buriedSpans,
  droppedSpans,
  purgedSpans,
  rejectedSpans,
  replayedSpans,
  storedSpans
}: DeadLetterAccount) =>
  assert.strictEqual(
    buriedSpans,
    storedSpans + replayedSpans + rejectedSpans + purgedSpans + droppedSpans.full + droppedSpans.expired
  )

import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import * as SqliteDeadLetters from "../../../src/layers/sqlite/SqliteDeadLetters.ts"
import * as SqliteTraceBus from "../../../src/layers/sqlite/SqliteTraceBus.ts"
import type { Destination } from "../../../src/services/config/CompiledConfig.ts"
import { ConfigSync } from "../../../src/services/config/ConfigSync.ts"
import { Exporter } from "../../../src/services/export/Exporter.ts"
import { Permanent, TraceSinks } from "../../../src/services/export/TraceSink.ts"
import { type Subscription, TraceBus } from "../../../src/services/trace/TraceBus.ts"

export const DESTINATION: Destination = {
  name: "a",
  endpoint: "http://a.test/v1/traces",
  protocol: "http",
  encoding: "proto",
  headers: {},
  excludeRequestData: false,
  compression: "none",
  resource: {},
  timeoutMs: 10_000,
  maxBatchBytes: 4 * 1024 * 1024,
  maxBatchSpans: 40,
  onUnauthorized: "pause",
  redaction: { denyAttributes: [], mask: [] },
  sampling: { parent: "ignore", unsampledRate: 0, remoteParent: "parent" },
  exporter: "native"
}

/** Every fifth trace is poison. */
export const isPoison = (traceId: string): boolean => Number.parseInt(traceId, 16) % 5 === 0

const sinks = Layer.succeed(TraceSinks, {
  open: (_, common) => {
    const resource = { attributes: { ...common }, merge: () => resource, getRawAttributes: () => [] }
    return Effect.succeed({
      resource,
      senderOf: () => ({ resource, bytes: 0 }),
      scope: { name: "test" },
      encode: (spans: ReadonlyArray<unknown>) => new Uint8Array(10 * spans.length),
      envelopeBytes: 1,
      prepare: (batch) => {
        const spans = batch.parts.flatMap((part) => part.spans())
        return Effect.succeed(
          spans.some((span) => isPoison(span.spanContext().traceId))
            ? Effect.fail(new Permanent({ reason: "http_400" }))
            : Effect.succeed({ rejectedSpans: 0 })
        )
      }
    })
  }
})

const config = Layer.succeed(ConfigSync, {
  current: () => ({
    revision: "r",
    capture: "full" as const,
    maxBodyBytes: 0,
    resource: {},
    routes: new Map(),
    tokens: new Map(),
    jwtIssuers: new Map(),
    destinations: [DESTINATION]
  }),
  changes: Stream.never,
  refused: () => 0
})

/** Runs `before` each time that the exporter is about to acknowledge. */
const beforeAcknowledging = (before: Effect.Effect<void>) =>
  Layer.effect(
    TraceBus,
    Effect.map(TraceBus, (bus) => ({
      ...bus,
      subscribe: (consumer) =>
        Effect.map(
          bus.subscribe(consumer),
          (subscription): Subscription => ({
            take: subscription.take,
            acknowledge: (sequence, disposition) =>
              Effect.andThen(before, subscription.acknowledge(sequence, disposition)),
            rewind: subscription.rewind,
            ledger: subscription.ledger
          })
        )
    }))
  )

/** An exporter on a directory, whose destination refuses every fifth trace. */
export const exporterOn = (directory: string, before: Effect.Effect<void> = Effect.void) =>
  Exporter.layer.pipe(
    Layer.provide([sinks, config]),
    Layer.provideMerge(beforeAcknowledging(before)),
    Layer.provideMerge(SqliteDeadLetters.layer({ directory })),
    Layer.provideMerge(SqliteTraceBus.layer({ directory })),
    Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "None"))
  )

import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import * as MemoryDeadLetters from "../../../src/layers/fake/MemoryDeadLetters.ts"
import * as MemoryTraceBus from "../../../src/layers/fake/MemoryTraceBus.ts"
import { otlpTraceSinks } from "../../../src/layers/otlp/OtlpTraceSinks.ts"
import type { Destination } from "../../../src/services/config/CompiledConfig.ts"
import { ConfigSync } from "../../../src/services/config/ConfigSync.ts"
import { Exporter } from "../../../src/services/export/Exporter.ts"
import { TraceSinks } from "../../../src/services/export/TraceSink.ts"
import { expand } from "../../../src/services/trace/expand.ts"
import { config, destination, ledgerOf, publish, statusOf } from "../../services/export/harness.ts"
import { frameOf, traceEvent } from "../../services/export/traceEvents.ts"

const detected = { version: "1.2.3", instanceId: "i-1", hostName: "host-1" }

/** The exporter as a program wires it, against a Middleware of its own. */
const exporting = (destinations: (endpoint: string) => ReadonlyArray<Destination>) =>
  Exporter.layer.pipe(
    Layer.provide(otlpTraceSinks(detected)),
    Layer.provide(
      Layer.effect(
        ConfigSync,
        Effect.gen(function* () {
          const { endpoint } = yield* FakeMiddleware
          const ref = yield* SubscriptionRef.make(
            config(destinations(endpoint), { "deployment.environment.name": "test" })
          )
          return ConfigSync.of({
            current: () => SubscriptionRef.getUnsafe(ref),
            changes: SubscriptionRef.changes(ref),
            refused: () => 0
          })
        })
      )
    ),
    Layer.provide(MemoryDeadLetters.layer({ maxBytes: 64 * 1024 * 1024 })),
    Layer.provideMerge(MemoryTraceBus.layer({ maxBytes: 64 * 1024 * 1024 })),
    Layer.provideMerge(FakeMiddleware.layer()),
    Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "None"))
  )

const headers = { Authorization: Redacted.make("demo-key") }

describe("OtlpTraceSinks", () => {
  it.live("brings what is published to Middleware, with a dead destination beside it", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      for (let i = 0; i < 20; i++) yield* publish(frameOf(25, 1 + i * 25))
      const spans = yield* middleware.untilSpans(2000)
      assert.strictEqual(spans.length, 2000)
      const exporter = yield* Exporter
      assert.deepStrictEqual(yield* exporter.flush("300 millis"), [{ destination: "dead", spans: 2000 }])
      assert.strictEqual(ledgerOf(yield* statusOf("middleware")).delivered, 2000)
      const dead = yield* statusOf("dead")
      assert.strictEqual(dead.health.state, "retrying")
      assert.strictEqual(dead.health.lastError?.reason, "connection_refused")
    }).pipe(
      Effect.provide(
        exporting((endpoint) => [
          destination("dead", { endpoint: "http://127.0.0.1:1/v1/traces" }),
          destination("middleware", { endpoint, headers, compression: "gzip" })
        ])
      )
    )
  )

  it.live("gives both exporters the same resource and the same spans", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      yield* publish(frameOf(1))
      yield* middleware.untilRequests(2)
      yield* (yield* Exporter).flush("5 seconds")
      const [native, reference] = [yield* statusOf("native"), yield* statusOf("reference")]
      assert.deepStrictEqual([ledgerOf(native).delivered, ledgerOf(reference).delivered], [4, 4])
      assert.strictEqual(middleware.spans().length, 4, "the ids are the same")
      for (const payload of middleware.payloads()) {
        const text = Buffer.from(payload).toString("latin1")
        for (const word of ["deployment.environment.name", "service.instance.id", "i-1", "telemetry.sdk.name"]) {
          assert.include(text, word)
        }
      }
    }).pipe(
      Effect.provide(
        exporting((endpoint) => [
          destination("native", { endpoint, headers }),
          destination("reference", { endpoint, headers, exporter: "otel-js" })
        ])
      )
    )
  )
})

describe("the transport of a destination", () => {
  const send = Effect.fnUntraced(function* (rest: Partial<Destination>) {
    const { endpoint, grpcEndpoint = "" } = yield* FakeMiddleware
    const sinks = yield* TraceSinks
    const to = destination("middleware", {
      headers: { authorization: Redacted.make("demo-key") },
      endpoint: rest.protocol === "grpc" ? grpcEndpoint : endpoint,
      ...rest
    })
    const sink = yield* sinks.open(to, {})
    const spans = expand(traceEvent(1), sink.resource, sink.scope)
    const bytes = sink.encode(spans)
    const batch = {
      parts: [{ spanCount: spans.length, bytes, spans: () => spans }],
      spanCount: spans.length,
      byteLength: bytes.byteLength
    }
    yield* Effect.flatten(sink.prepare(batch))
  })
  const world = Layer.merge(otlpTraceSinks(detected), FakeMiddleware.layer({ grpcPort: 0 }))

  it.live("makes no difference to the spans", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      for (const compression of ["none", "gzip"] as const) {
        yield* send({ compression })
        yield* send({ compression, encoding: "json" })
        yield* send({ compression, protocol: "grpc" })
      }
      assert.deepStrictEqual(
        middleware.requests().map(({ headers }) => headers["content-type"]),
        [1, 2].flatMap(() => ["application/x-protobuf", "application/json", "application/grpc"])
      )
      const { conflicts, duplicates, held } = middleware.stats()
      assert.deepStrictEqual({ conflicts, duplicates, held }, { conflicts: 0, duplicates: 20, held: 4 })
    }).pipe(Effect.scoped, Effect.provide(world, { local: true }))
  )

  it.live.each([
    ["grpc", { protocol: "grpc" }],
    ["json", { encoding: "json" }]
  ] as const)("cannot be %s for the SDK's exporter", ([, rest]) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(send({ exporter: "otel-js", ...rest }))
      assert.deepStrictEqual(
        [failure._tag, failure.message],
        ["SinkMisconfigured", "exporter otel-js speaks protobuf over http only"]
      )
    }).pipe(Effect.scoped, Effect.provide(world, { local: true }))
  )
})

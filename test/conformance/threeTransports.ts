import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import * as MemoryDeadLetters from "../../src/layers/fake/MemoryDeadLetters.ts"
import * as MemoryTraceBus from "../../src/layers/fake/MemoryTraceBus.ts"
import type { HeldSpan } from "../../src/layers/fake/middleware/HeldTraces.ts"
import type { ReceivedRequest } from "../../src/layers/fake/middleware/ReceivedRequest.ts"
import { otlpTraceSinks } from "../../src/layers/otlp/OtlpTraceSinks.ts"
import type { Destination } from "../../src/services/config/CompiledConfig.ts"
import { ConfigSync } from "../../src/services/config/ConfigSync.ts"
import { Exporter } from "../../src/services/export/Exporter.ts"
import { encodeFrame } from "../../src/services/trace/frame.ts"
import { TraceBus } from "../../src/services/trace/TraceBus.ts"
import type { TraceEvent } from "../../src/services/trace/TraceEvent.ts"
import { config, destination } from "../services/export/harness.ts"
import { decodeJsonRequest } from "./decodeJsonRequest.ts"
import { type DecodedRequest, decodeRequest } from "./decodeRequest.ts"

export const KEY = "canary-key: with a space, and no scheme"

/** What one destination was sent, decoded by others than wrote it. */
export interface Wire {
  readonly requests: ReadonlyArray<ReceivedRequest>
  readonly payloads: ReadonlyArray<Uint8Array>
  readonly decoded: ReadonlyArray<DecodedRequest>
  /** As the fake Middleware's own decoders read it. */
  readonly held: ReadonlyArray<HeldSpan>
}

const ENTRIES = {
  "http/proto": { protocol: "http", encoding: "proto", compression: "none" },
  "http/json": { protocol: "http", encoding: "json", compression: "gzip" },
  grpc: { protocol: "grpc", encoding: "proto", compression: "gzip" }
} as const

export type Transport = keyof typeof ENTRIES
export const TRANSPORTS = Object.keys(ENTRIES) as ReadonlyArray<Transport>

/** The exporter with a destination over each transport, on real sockets. */
export class ThreeTransports extends Context.Service<
  ThreeTransports,
  {
    /** Sends the traces of these events over all three, to the last span, and says what came. */
    readonly send: (events: ReadonlyArray<TraceEvent>) => Effect.Effect<{ readonly [transport in Transport]: Wire }>
  }
>()("test/conformance/ThreeTransports") {
  static readonly layer = (more: Partial<Destination> = {}) =>
    Layer.effect(
      ThreeTransports,
      Effect.gen(function* () {
        const servers: Array<readonly [Transport, FakeMiddleware["Service"]]> = []
        for (const transport of TRANSPORTS) {
          const layer = FakeMiddleware.layer({ key: KEY, grpcPort: 0, maxPayloadBytes: 1024 ** 3, maxSpans: 1_000_000 })
          servers.push([transport, Context.get(yield* Layer.build(Layer.fresh(layer)), FakeMiddleware)])
        }
        const destinations = servers.map(([transport, { endpoint, grpcEndpoint }]) =>
          destination(transport, {
            ...ENTRIES[transport],
            endpoint: transport === "grpc" ? (grpcEndpoint ?? "") : endpoint,
            headers: { authorization: Redacted.make(KEY), "x-trace-source": Redacted.make("spangate") },
            ...more
          })
        )
        const current = config(destinations, { "service.name": "spangate-conformance" })
        const exporting = Exporter.layer.pipe(
          Layer.provide(otlpTraceSinks({ version: "1.2.3", instanceId: "instance-1", hostName: "host-1" })),
          Layer.provide(Layer.succeed(ConfigSync, { current: () => current, changes: Stream.never, refused: () => 0 })),
          Layer.provide(MemoryDeadLetters.layer({ maxBytes: 0 })),
          Layer.provideMerge(MemoryTraceBus.layer({ maxBytes: 1024 ** 3 })),
          Layer.provide(Layer.succeed(References.MinimumLogLevel, "None"))
        )
        const bus = Context.get(yield* Layer.build(exporting), TraceBus)

        return ThreeTransports.of({
          send: Effect.fnUntraced(function* (events) {
            for (const [, server] of servers) server.clear()
            const frame = encodeFrame(
              events.map(({ header, request, response }) => ({ header, request: [request], response: [response] }))
            )
            yield* Effect.orDie(bus.publish(frame))
            const wires = yield* Effect.forEach(servers, ([transport, server]) =>
              Effect.map(server.untilSpans(frame.spans), (held) => {
                const payloads = server.payloads()
                const decode = transport === "http/json" ? decodeJsonRequest : decodeRequest
                const wire: Wire = { requests: server.requests(), payloads, decoded: payloads.map(decode), held }
                return [transport, wire] as const
              })
            )
            // One for each of them.
            return Object.fromEntries(wires) as { [transport in Transport]: Wire }
          })
        })
      })
    )
}

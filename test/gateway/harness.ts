import { createHash } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import * as JwksFetch from "../../src/layers/jose/JwksFetch.ts"
import * as JwksRefresher from "../../src/layers/jose/JwksRefresher.ts"
import * as MemoryAuthentication from "../../src/layers/jose/MemoryAuthentication.ts"
import { GatewayServer } from "../../src/layers/node-http/GatewayServer.ts"
import * as SystemIdGenerator from "../../src/layers/system/SystemIdGenerator.ts"
import * as SystemTraceClock from "../../src/layers/system/SystemTraceClock.ts"
import { UndiciUpstreamLayer } from "../../src/layers/undici/UndiciUpstream.ts"
import { parseGatewayConfig } from "../../src/layers/yaml/parseGatewayConfig.ts"
import { ConfigSync } from "../../src/services/config/ConfigSync.ts"
import { formatProblem } from "../../src/services/config/Problem.ts"
import { Gateway } from "../../src/services/gateway/Gateway.ts"
import { GatewayMetrics } from "../../src/services/gateway/GatewayMetrics.ts"
import { ModelResolver } from "../../src/services/gateway/ModelResolver.ts"
import { Metrics } from "../../src/services/metrics/Metrics.ts"
import { MetricsPage } from "../../src/services/metrics/MetricsPage.ts"
import { decodeFrame, encodeFrame } from "../../src/services/trace/frame.ts"
import { SpanPublisher } from "../../src/services/trace/SpanPublisher.ts"
import type { TraceEvent } from "../../src/services/trace/TraceEvent.ts"

/** The token whose hash stands in the test configuration: may use everything. */
export const TOKEN = "sg-test"
/** May use `openai/echo` and nothing else. */
export const NARROW_TOKEN = "sg-narrow"

/** The events that the gateway offered, as a consumer would decode them. */
export class Captured extends Context.Service<
  Captured,
  {
    /** Waits for the next one. */
    readonly next: Effect.Effect<TraceEvent>
    /** How many wait that nobody took. */
    readonly left: Effect.Effect<number>
  }
>()("test/gateway/Captured") {}

const Publisher = Layer.effectContext(
  Effect.gen(function* () {
    const queue = yield* Queue.unbounded<TraceEvent>()
    let captured = 0
    return Context.empty().pipe(
      Context.add(SpanPublisher, {
        offer: (event) => {
          captured++
          const [decoded] = Result.getOrThrow(decodeFrame(encodeFrame([event]).bytes))
          if (decoded !== undefined) Queue.offerUnsafe(queue, decoded)
        },
        stats: () => ({ queuedEvents: 0, queuedBytes: 0, capturedSpans: captured, publishedSpans: 0, droppedSpans: {} })
      }),
      Context.add(Captured, { next: Queue.take(queue), left: Queue.size(queue) })
    )
  })
)

const defaultYaml = (origin: string) => `
providerAccounts:
  - name: openai
    type: openai
    baseUrl: ${origin}/v1
    apiKey: provider-secret
    propagateTraceparent: true
    models:
      - { name: echo, id: gpt-echo, price: { inputPerMillion: 1, outputPerMillion: 2 } }
      - { name: down, id: fault-503 }
      - { name: limited, id: fault-429@1 }
      - { name: broken, id: fault-reset-before-head }
      - { name: hang, id: fault-hang-before-head }
      - { name: bad, id: fault-400 }
  - name: claude
    type: anthropic
    baseUrl: ${origin}
    apiKey: anthropic-secret
    models:
      - { name: sonnet, id: claude-sonnet }
      - { name: overloaded, id: fault-529 }
  - name: dead
    type: openai-compatible
    baseUrl: http://127.0.0.1:1/v1
    models: [{ name: m }]
virtualModels:
  - name: prod/chat
    routing:
      type: priority
      targets:
        - { model: openai/down, priority: 0, retry: { attempts: 1, delayMs: 100, onStatusCodes: [503] } }
        - { model: openai/echo, priority: 1 }
  - name: prod/network
    routing:
      type: priority
      targets:
        - { model: dead/m, priority: 0, retry: { attempts: 0, delayMs: 0, onStatusCodes: [] } }
        - { model: claude/sonnet, priority: 1 }
access:
  tokens:
    - { subject: "user:alice", teams: [ml], sha256: ${sha256(TOKEN)}, models: ["*"] }
    - { subject: "user:bob", sha256: ${sha256(NARROW_TOKEN)}, models: ["openai/echo"] }
limits: { maxBodyBytes: 1048576 }
`

export function sha256(token: string): string {
  return createHash("sha256").update(token).digest("hex")
}

const Config = (yaml: (origin: string) => string) =>
  Layer.effect(
    ConfigSync,
    Effect.gen(function* () {
      const { origin } = yield* FakeProvider
      const parsed = parseGatewayConfig(yaml(origin), { file: "test.yaml", env: {}, fakeOrigin: origin })
      if (Result.isFailure(parsed)) throw new Error(parsed.failure.map(formatProblem).join("\n"))
      const compiled = parsed.success
      return ConfigSync.of({ current: () => compiled, changes: Stream.make(compiled), refused: () => 0 })
    })
  )

/** The real gateway on a free port, between the official clients and the fake provider; only the bus is a queue. */
export const gatewayLayer = (yaml: (origin: string) => string = defaultYaml, drainMs = 1000) =>
  GatewayServer.layer({ host: "127.0.0.1", port: 0, drainMs }).pipe(
    Layer.provideMerge(Gateway.layerNoDeps),
    Layer.provide(GatewayMetrics.layerNoDeps),
    Layer.provide(MemoryAuthentication.layer),
    Layer.provide([JwksRefresher.layer(undefined), MetricsPage.layer]),
    Layer.provide([JwksFetch.layer, Metrics.layer]),
    Layer.provide([ModelResolver.layer, UndiciUpstreamLayer, SystemTraceClock.layer, SystemIdGenerator.layer]),
    Layer.provideMerge(Publisher),
    Layer.provideMerge(Config(yaml)),
    Layer.provideMerge(FakeProvider.layer())
  )

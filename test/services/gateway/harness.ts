import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { makeIdGenerator } from "../../../src/layers/system/SystemIdGenerator.ts"
import { parseGatewayConfig } from "../../../src/layers/yaml/parseGatewayConfig.ts"
import { ConfigSync } from "../../../src/services/config/ConfigSync.ts"
import { formatProblem } from "../../../src/services/config/Problem.ts"
import { Authentication } from "../../../src/services/gateway/Authentication.ts"
import { Gateway } from "../../../src/services/gateway/Gateway.ts"
import { GatewayMetrics } from "../../../src/services/gateway/GatewayMetrics.ts"
import { ModelResolver } from "../../../src/services/gateway/ModelResolver.ts"
import { Upstream } from "../../../src/services/gateway/Upstream.ts"
import { Metrics } from "../../../src/services/metrics/Metrics.ts"
import { IdGenerator } from "../../../src/services/trace/IdGenerator.ts"
import { type CapturedEvent, SpanPublisher } from "../../../src/services/trace/SpanPublisher.ts"
import { TraceClock } from "../../../src/services/trace/TraceClock.ts"
import { type Script, Send } from "./scripts.ts"

/** The provider's side: one script a request, in order; the last one serves all that follow. */
export class Provider extends Context.Service<
  Provider,
  {
    readonly script: (...scripts: ReadonlyArray<Script>) => void
    readonly sends: ReadonlyArray<Send>
    /** Waits for the next request. */
    readonly next: Effect.Effect<Send>
  }
>()("test/services/gateway/Provider") {}

/** The events offered. */
export class Captured extends Context.Service<
  Captured,
  { readonly next: Effect.Effect<CapturedEvent>; readonly left: Effect.Effect<number> }
>()("test/services/gateway/Captured") {}

/** What the trace clock shows when the test's clock starts. */
export const T0 = 1_000_000

const Fakes = Layer.effectContext(
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const events = yield* Queue.unbounded<CapturedEvent>()
    const arrivals = yield* Queue.unbounded<Send>()
    const sends: Array<Send> = []
    let scripts: Array<Script> = []
    const upstream = Upstream.of({
      send: (request) =>
        Effect.callback((resume) => {
          const send = new Send(request, resume)
          sends.push(send)
          Queue.offerUnsafe(arrivals, send)
          const script = scripts.length > 1 ? scripts.shift() : scripts[0]
          script?.(send)
          return Effect.sync(() => {
            send.interrupted = true
          })
        })
    })
    let seed = 0
    return Context.empty().pipe(
      Context.add(Upstream, upstream),
      Context.add(Provider, {
        script: (...all) => {
          scripts = [...all]
        },
        sends,
        next: Queue.take(arrivals)
      }),
      Context.add(Captured, { next: Queue.take(events), left: Queue.size(events) }),
      Context.add(SpanPublisher, {
        offer: (event) => Queue.offerUnsafe(events, event),
        stats: () => ({ queuedEvents: 0, queuedBytes: 0, capturedSpans: 0, publishedSpans: 0, droppedSpans: {} })
      }),
      // A process has run a while before its first request: no time of a trace is 0.
      Context.add(TraceClock, { now: () => clock.currentTimeMillisUnsafe() + T0, wallBase: () => 0 }),
      Context.add(
        IdGenerator,
        makeIdGenerator((pool) => pool.fill(++seed))
      ),
      Context.add(Authentication, {
        authenticate: () =>
          Effect.succeed({ method: "api_key", principal: { subject: "user:alice", teams: [], mayUse: () => true } })
      })
    )
  })
)

const accounts = `
providerAccounts:
  - { name: a, type: openai, baseUrl: "http://a.test/v1", apiKey: k, models: [{ name: m }, { name: n }] }
  - { name: b, type: openai, baseUrl: "http://b.test/v1", apiKey: k, timeoutMs: 5000, models: [{ name: m }] }
  - { name: c, type: anthropic, baseUrl: "http://c.test", apiKey: k, models: [{ name: m }] }
  - { name: mistral, type: openai-compatible, baseUrl: "https://api.mistral.ai/v1", apiKey: k, models: [{ name: m }] }
`

const compiled = (yaml: string) => {
  const parsed = parseGatewayConfig(accounts + yaml, { file: "test.yaml", env: {}, fakeOrigin: "http://fake.test" })
  return Result.getOrThrowWith(parsed, (problems) => new Error(problems.map(formatProblem).join("\n")))
}

/** The gateway alone: client, provider, clock and publisher are in memory. */
export const gatewayLayer = (yaml = "") => {
  const config = compiled(yaml)
  return Gateway.layerNoDeps.pipe(
    Layer.provide(GatewayMetrics.layerNoDeps),
    Layer.provideMerge(ModelResolver.layer),
    Layer.provide(Metrics.layer),
    Layer.provideMerge(Fakes),
    Layer.provide(Layer.succeed(ConfigSync, { current: () => config, changes: Stream.make(config), refused: () => 0 }))
  )
}

export const chat = (model: string, more: object = {}) => ({
  model,
  messages: [{ role: "user", content: "Hello" }],
  ...more
})

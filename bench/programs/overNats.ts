/**
 * One part of the way over NATS, measured: node overNats.ts publish|drain|lag EVENTS. Prints one line of JSON.
 * SPANGATE_NATS_URL names a server of one's own.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { NatsLink } from "../../src/layers/nats/NatsLink.ts"
import { NatsSettings } from "../../src/layers/nats/NatsSettings.ts"
import * as NatsTraceBus from "../../src/layers/nats/NatsTraceBus.ts"
import { otlpTraceSinks } from "../../src/layers/otlp/OtlpTraceSinks.ts"
import * as SqliteDeadLetters from "../../src/layers/sqlite/SqliteDeadLetters.ts"
import { detectResource } from "../../src/layers/system/detectResource.ts"
import { WorkerBackOffice } from "../../src/layers/worker/WorkerBackOffice.ts"
import { parseGatewayConfig } from "../../src/layers/yaml/parseGatewayConfig.ts"
import { runProgram } from "../../src/programs/runProgram.ts"
import { ConfigSync } from "../../src/services/config/ConfigSync.ts"
import { ProgramConfig } from "../../src/services/config/ProgramConfig.ts"
import { consumerName } from "../../src/services/export/DestinationWorker.ts"
import { Exporter } from "../../src/services/export/Exporter.ts"
import { TraceSinks } from "../../src/services/export/TraceSink.ts"
import { Metrics } from "../../src/services/metrics/Metrics.ts"
import { encodeFrame } from "../../src/services/trace/frame.ts"
import * as QueuedSpanPublisher from "../../src/services/trace/QueuedSpanPublisher.ts"
import { SpanPublisher } from "../../src/services/trace/SpanPublisher.ts"
import { TraceBus } from "../../src/services/trace/TraceBus.ts"
import { sampleEvent } from "../kit/sampleEvent.ts"
import { quantile } from "../kit/statistics.ts"

const mode = process.argv[2] ?? ""
const EVENTS = Number(process.argv[3])
const FRAME_EVENTS = 256
const TICK_MS = 5
/** For the compiler to see the code before it counts. */
const WARM_UP_EVENTS = 5000

/** Bodies are there with or without tracing: their making is not part of what it costs. */
const request = [new Uint8Array(1024).fill(97)]
const response = [new Uint8Array(1024).fill(98)]

/** With 2 KB of bodies in it, half each way, of a request that ends now. */
const event = (index: number) => {
  const { header } = sampleEvent(index)
  return { header: { ...header, wallBase: Date.now() - header.end }, request, response }
}

/** A pod says about as much of itself. */
const sampleSender = {
  version: "0.1.0",
  instanceId: "3f0c1d52-7a51-4f0e-9a26-2f6f6f0f4a1b",
  hostName: "node-1.eu.example",
  platform: {
    "k8s.namespace.name": "spangate",
    "k8s.node.name": "node-1.eu.example",
    "k8s.pod.name": "gateway-7c9f8d6b5-x2x4z",
    "container.id": "f".repeat(64)
  },
  environment: {}
}

/** Offers so many events a second, each with its own time. */
const offer = Effect.fnUntraced(function* (events: number, rate: number, from: number) {
  const { offer } = yield* SpanPublisher
  const began = performance.now()
  let offered = 0
  while (offered < events) {
    const due = Math.min(events, Math.floor(((performance.now() - began) / 1000) * rate))
    for (; offered < due; offered++) offer(event(from + offered))
    yield* Effect.sleep(TICK_MS)
  }
})

const untilPublished = Effect.flatMap(SpanPublisher, ({ stats }) =>
  Effect.repeat(
    Effect.sync(() => stats()),
    {
      schedule: Schedule.spaced("20 millis"),
      until: ({ capturedSpans, publishedSpans }) => publishedSpans >= capturedSpans
    }
  )
)

/** What a request thread spends on the events it offers, with the making of the events taken off. */
const publish = Effect.gen(function* () {
  const RATE = 10_000
  yield* offer(WARM_UP_EVENTS, RATE, 0)
  yield* untilPublished
  const making = process.threadCpuUsage()
  for (let index = 0; index < EVENTS; index++) event(index)
  const made = process.threadCpuUsage(making)
  const [thread, whole] = [process.threadCpuUsage(), process.cpuUsage()]
  yield* offer(EVENTS, RATE, WARM_UP_EVENTS)
  const { droppedSpans } = yield* untilPublished
  const [own, all] = [process.threadCpuUsage(thread), process.cpuUsage(whole)]
  const micros = ({ system, user }: { readonly system: number; readonly user: number }) => system + user
  return {
    dropped: Object.values(droppedSpans).reduce((sum, spans) => sum + spans, 0),
    requestMicros: (micros(own) - micros(made)) / EVENTS,
    otherMicros: (micros(all) - micros(own)) / EVENTS
  }
})

const fill = Effect.fnUntraced(function* (events: number) {
  const bus = yield* TraceBus
  let spans = 0
  for (let from = 0; from < events; from += FRAME_EVENTS) {
    const frame = encodeFrame(
      Array.from({ length: Math.min(FRAME_EVENTS, events - from) }, (_, at) => event(from + at))
    )
    yield* bus.publish(frame)
    spans += frame.spans
  }
  return spans
})

const lags: Array<number> = []

/** The real sinks; each batch that was answered says how long ago its requests had ended. */
const timedSinks = Layer.effect(
  TraceSinks,
  Effect.map(TraceSinks, (real) =>
    TraceSinks.of({
      open: (destination, common) =>
        Effect.map(real.open(destination, common), (sink) => ({
          ...sink,
          prepare: (batch) =>
            Effect.map(sink.prepare(batch), (attempt) =>
              Effect.tap(attempt, () =>
                Effect.map(Clock.currentTimeMillis, (now) => {
                  for (const { spans } of batch.parts) {
                    for (const { endTime, parentSpanContext } of spans()) {
                      if (parentSpanContext === undefined) lags.push(now - (endTime[0] * 1000 + endTime[1] / 1e6))
                    }
                  }
                })
              )
            )
        }))
    })
  )
).pipe(Layer.provide(Layer.unwrap(Effect.map(detectResource, otlpTraceSinks))))

const exporter = Layer.unwrap(
  Effect.map(ProgramConfig, ({ data }) =>
    Exporter.layer.pipe(
      Layer.provide(timedSinks),
      Layer.provide(SqliteDeadLetters.layer({ directory: join(data, "exporter") }))
    )
  )
)

const flushed = Effect.flatMap(Exporter, ({ flush }) => flush("90 seconds"))

const drain = Effect.gen(function* () {
  const bus = yield* TraceBus
  const config = yield* ConfigSync
  for (const { name } of config.current().destinations) yield* Effect.scoped(bus.subscribe(consumerName(name)))
  yield* fill(WARM_UP_EVENTS)
  yield* Effect.provide(flushed, exporter, { local: true })
  const spans = yield* fill(EVENTS)
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  const left = yield* Effect.provide(flushed, exporter, { local: true })
  const { system, user } = process.cpuUsage(cpu)
  if (left.length > 0) return yield* Effect.die(new Error(`${left[0]?.spans} spans were left`))
  return { spans, seconds: (performance.now() - began) / 1000, cpuSeconds: (system + user) / 1e6 }
})

const lag = Effect.gen(function* () {
  const RATE = 1000
  yield* offer(RATE, RATE, 0)
  yield* flushed
  lags.length = 0
  yield* offer(EVENTS, RATE, RATE)
  yield* Effect.repeat(
    Effect.sync(() => lags.length),
    { schedule: Schedule.spaced("20 millis"), until: (count) => count >= EVENTS }
  )
  return { p50: quantile(lags, 0.5), p99: quantile(lags, 0.99), most: quantile(lags, 1) }
}).pipe(Effect.provide(exporter))

const config = Layer.effect(
  ConfigSync,
  Effect.map(ProgramConfig, ({ config: file }) => {
    const compiled = Result.getOrThrow(parseGatewayConfig(readFileSync(file, "utf8"), { file, env: {} }))
    return ConfigSync.of({ current: () => compiled, changes: Stream.make(compiled), refused: () => 0 })
  })
)

const publisher = Layer.unwrap(
  Effect.map(ProgramConfig, ({ data }) =>
    QueuedSpanPublisher.layer({ sender: sampleSender }).pipe(
      Layer.provide(
        WorkerBackOffice.layer({
          entry: new URL("../../src/programs/shipper.ts", import.meta.url),
          directory: join(data, "spool")
        })
      )
    )
  )
)

const bus = Layer.unwrap(
  Effect.map(NatsSettings, (settings) =>
    NatsTraceBus.layer(settings).pipe(
      Layer.provideMerge(NatsLink.layer(settings, "bench")),
      Layer.provide(Metrics.layer)
    )
  )
)

const measure = mode === "publish" ? publish : mode === "drain" ? drain : lag

runProgram(
  Effect.gen(function* () {
    yield* Effect.flatMap(NatsLink, ({ whenUp }) => whenUp)
    console.log(JSON.stringify(yield* measure))
  }).pipe(Effect.provide(publisher), Effect.provide(bus), Effect.provide(config))
)

/** Fills a spool, then times how fast the exporter empties it: node drainSpool.ts EVENTS. */
import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { otlpTraceSinks } from "../../src/layers/otlp/OtlpTraceSinks.ts"
import * as SqliteDeadLetters from "../../src/layers/sqlite/SqliteDeadLetters.ts"
import * as SqliteTraceBus from "../../src/layers/sqlite/SqliteTraceBus.ts"
import { detectResource } from "../../src/layers/system/detectResource.ts"
import { parseGatewayConfig } from "../../src/layers/yaml/parseGatewayConfig.ts"
import { runProgram } from "../../src/programs/runProgram.ts"
import { ConfigSync } from "../../src/services/config/ConfigSync.ts"
import { ProgramConfig } from "../../src/services/config/ProgramConfig.ts"
import { consumerName } from "../../src/services/export/DestinationWorker.ts"
import { Exporter } from "../../src/services/export/Exporter.ts"
import { encodeFrame } from "../../src/services/trace/frame.ts"
import { TraceBus } from "../../src/services/trace/TraceBus.ts"
import { sampleEvent } from "../kit/sampleEvent.ts"

/** Of the gateway's frames. */
const FRAME_EVENTS = 256
const EVENTS = Number(process.argv[2])
/** For the compiler to see the code before it counts. */
const WARM_UP_EVENTS = EVENTS / 4

const configOf = (file: string) => {
  const compiled = Result.getOrThrow(parseGatewayConfig(readFileSync(file, "utf8"), { file, env: {} }))
  return ConfigSync.of({ current: () => compiled, changes: Stream.make(compiled), refused: () => 0 })
}

const fill = Effect.fnUntraced(function* (events: number) {
  const bus = yield* TraceBus
  let spans = 0
  for (let from = 0; from < events; from += FRAME_EVENTS) {
    const size = Math.min(FRAME_EVENTS, events - from)
    const frame = encodeFrame(Array.from({ length: size }, (_, index) => sampleEvent(from + index)))
    yield* bus.publish(frame)
    spans += frame.spans
  }
  return spans
})

const drain = Effect.fnUntraced(function* (config: ConfigSync["Service"]) {
  const sinks = Layer.unwrap(Effect.map(detectResource, otlpTraceSinks))
  const exporter = Exporter.layer.pipe(Layer.provide(sinks), Layer.provide(Layer.succeed(ConfigSync, config)))
  const begun = performance.now()
  const cpu = process.cpuUsage()
  const left = yield* Effect.flatMap(Exporter, ({ flush }) => flush("90 seconds")).pipe(
    Effect.provide(exporter, { local: true })
  )
  const { user, system } = process.cpuUsage(cpu)
  return { left, seconds: (performance.now() - begun) / 1000, cpuSeconds: (user + system) / 1e6 }
})

const measure = Effect.gen(function* () {
  const { config: file } = yield* ProgramConfig
  const config = configOf(file)
  const bus = yield* TraceBus
  // Frames are kept for consumers that the bus knows.
  for (const { name } of config.current().destinations) yield* Effect.scoped(bus.subscribe(consumerName(name)))
  yield* fill(WARM_UP_EVENTS)
  yield* drain(config)
  const spans = yield* fill(EVENTS)
  const { left, seconds, cpuSeconds } = yield* drain(config)
  if (left.length > 0) return yield* Effect.die(new Error(`${left[0]?.spans} spans were left`))
  console.log(JSON.stringify({ spans, seconds, cpuSeconds }))
})

// In this order: the bus holds the directory's lock before anybody touches another of its files.
const Spool = Layer.unwrap(
  Effect.map(ProgramConfig, ({ data: directory }) =>
    SqliteDeadLetters.layer({ directory }).pipe(Layer.provideMerge(SqliteTraceBus.layer({ directory })))
  )
)

runProgram(Effect.provide(measure, Spool))

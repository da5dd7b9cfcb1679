/**
 * A process that works on a spool until it is killed: `node spoolProcess.ts <directory> <round>`.
 * It says what it did, each line written before it goes on: `ready`, `published <number>`, `acknowledged <spans>`.
 */

import { writeSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as SqliteTraceBus from "../../../src/layers/sqlite/SqliteTraceBus.ts"
import { TraceBus } from "../../../src/services/trace/TraceBus.ts"
import { delivered } from "../../contracts/disposition.ts"

const [directory = "", round = "0"] = process.argv.slice(2)

const say = (line: string) => Effect.sync(() => void writeSync(1, `${line}\n`))

const publishing = Effect.gen(function* () {
  const bus = yield* TraceBus
  let number = Number(round) * 1_000_000
  const next = Effect.suspend(() => {
    number += 1
    const own = number
    const bytes = new Uint8Array(20_000)
    new DataView(bytes.buffer).setUint32(0, own)
    return Effect.andThen(bus.publish({ bytes, events: 1, spans: 1 + (own % 5) }), say(`published ${own}`))
  })
  yield* Effect.all(
    Array.from({ length: 4 }, () => Effect.forever(next)),
    { concurrency: "unbounded" }
  )
})

const acknowledging = Effect.gen(function* () {
  const subscription = yield* (yield* TraceBus).subscribe("fast")
  while (true) {
    const frames = yield* subscription.take(100_000)
    const spans = frames.reduce((total, frame) => total + frame.spans, 0)
    yield* subscription.acknowledge(frames.at(-1)?.sequence ?? 0, delivered(spans))
    yield* say(`acknowledged ${spans}`)
  }
})

Effect.runFork(
  Effect.gen(function* () {
    const bus = yield* TraceBus
    yield* Effect.scoped(bus.subscribe("slow"))
    yield* say("ready")
    yield* Effect.all([publishing, acknowledging], { concurrency: 2 })
  }).pipe(Effect.scoped, Effect.provide(SqliteTraceBus.layer({ directory })))
)

/**
 * An exporter that says `acknowledging` each time that it is about to, and waits for the signal that kills it at the
 * last of them: `node deadLetterProcess.ts <directory> <first trace> <acknowledgements>`.
 */
import { writeSync } from "node:fs"
import * as Effect from "effect/Effect"
import { TraceBus } from "../../../src/services/trace/TraceBus.ts"
import { frameOf } from "../../services/export/traceEvents.ts"
import { exporterOn } from "./deadLetterExporter.ts"

const [directory = "", first = "1", acknowledgements = "1"] = process.argv.slice(2)

let left = Number(acknowledgements)
const before = Effect.suspend(() => {
  left -= 1
  writeSync(1, "acknowledging\n")
  return left > 0 ? Effect.void : Effect.never
})

Effect.runFork(
  Effect.gen(function* () {
    const bus = yield* TraceBus
    for (let frame = 0; frame < 6; frame++) yield* bus.publish(frameOf(10, Number(first) + 10 * frame))
    return yield* Effect.never
  }).pipe(Effect.provide(exporterOn(directory, before)))
)

/**
 * A process that publishes requests and stores them until it is killed: `node ingestProcess.ts <directory> <round>`.
 * It says `published <number>` of each, before it goes on.
 */

import { writeSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqliteTraceBus from "../../../../src/layers/sqlite/SqliteTraceBus.ts"
import * as SqliteTraceStore from "../../../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { TraceIngest } from "../../../../src/services/store/TraceIngest.ts"
import { encodeFrame } from "../../../../src/services/trace/frame.ts"
import { TraceBus } from "../../../../src/services/trace/TraceBus.ts"
import { event } from "../../../services/trace/events.ts"

const [directory = "", round = "0"] = process.argv.slice(2)

const publishing = Effect.gen(function* () {
  const bus = yield* TraceBus
  for (let number = Number(round) * 10_000 + 1; ; number++) {
    const { header, request, response } = event({ spanId: number.toString(16).padStart(16, "0") })
    yield* bus.publish(encodeFrame([{ header, request: [request], response: [response] }]))
    writeSync(1, `published ${number}\n`)
    yield* Effect.yieldNow
  }
})

Effect.runFork(
  publishing.pipe(
    Effect.provide(
      TraceIngest.layer.pipe(
        Layer.provideMerge(SqliteTraceBus.layer({ directory })),
        Layer.provide(SqliteTraceStore.layer({ file: join(directory, "traces.db") }))
      )
    )
  )
)

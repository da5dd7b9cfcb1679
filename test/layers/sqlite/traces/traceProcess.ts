/**
 * A process that stores traces until it is killed: `node traceProcess.ts <file> <round>`. It says `stored <number>` of
 * each batch that is stored, before it goes on; batch n has the ten samples from 10 × n on, and each is sent twice.
 */

import { writeSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as SqliteTraceStore from "../../../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { TraceStore } from "../../../../src/services/store/TraceStore.ts"
import { sample } from "../../../contracts/storedTraces.ts"

const [file = "", round = "0"] = process.argv.slice(2)

Effect.runFork(
  Effect.gen(function* () {
    const store = yield* TraceStore
    for (let batch = Number(round) * 10_000; ; batch++) {
      const traces = Array.from({ length: 10 }, (_, index) => sample(batch * 10 + index))
      yield* store.append(traces, String(batch))
      writeSync(1, `stored ${batch}\n`)
      yield* store.append(traces, String(batch))
    }
  }).pipe(Effect.provide(SqliteTraceStore.layer({ file })))
)

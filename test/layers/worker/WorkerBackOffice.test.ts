import type { Worker } from "node:worker_threads"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { launchWorker } from "../../../src/layers/worker/launchWorker.ts"
import { WorkerBackOffice, type WorkerBackOfficeOptions } from "../../../src/layers/worker/WorkerBackOffice.ts"
import { ConfigSync } from "../../../src/services/config/ConfigSync.ts"
import { config, destination } from "../../services/export/harness.ts"

const entry = new URL("./tellingOffice.ts", import.meta.url)
const missing = new URL("./noOffice.ts", import.meta.url)
const directory = "spool"

const backOffice = (options: WorkerBackOfficeOptions) => {
  const current = config([destination("sink")])
  return WorkerBackOffice.layer(options).pipe(
    Layer.provide(
      Layer.succeed(ConfigSync, { current: () => current, changes: Stream.make(current), refused: () => 0 })
    )
  )
}

/** What the thread that serves has to tell. */
const told = Effect.flatMap(WorkerBackOffice, ({ metrics }) => Effect.map(metrics, (text) => JSON.parse(text)))

/** A thread that was started ahead and is over: its program is not there. */
const ended = Effect.callback<Worker>((resume) => {
  const worker = launchWorker(missing)
  worker.once("exit", () => resume(Effect.succeed(worker)))
})

describe("WorkerBackOffice", () => {
  it.live("tells its thread where the spool lies, and the settings with secrets in the clear, before all else", () =>
    Effect.gen(function* () {
      const { first } = yield* told
      assert.strictEqual(first.type, "start")
      assert.strictEqual(first.options.directory, directory)
      assert.deepStrictEqual(first.options.settings.destinations[0].headers, { Authorization: "key-of-sink" })
    }).pipe(Effect.provide(backOffice({ entry, directory })))
  )

  it.live("uses a thread that was started ahead", () =>
    Effect.gen(function* () {
      const ahead = launchWorker(entry)
      const id = ahead.threadId
      const { first, threadId } = yield* Effect.provide(told, backOffice({ entry, directory, ahead }))
      assert.strictEqual(threadId, id)
      assert.strictEqual(first.type, "start")
    })
  )

  it.live("starts another when that one has ended meanwhile", () =>
    Effect.gen(function* () {
      const ahead = yield* ended
      const { first } = yield* Effect.provide(told, backOffice({ entry, directory, ahead }))
      assert.strictEqual(first.type, "start")
    })
  )

  it.live("says why there is none when its program cannot be loaded, also ahead", () =>
    Effect.gen(function* () {
      const ahead = yield* ended
      const error = yield* Effect.flip(Layer.build(backOffice({ entry: missing, directory, ahead })))
      assert.match(error.message, /noOffice\.ts/)
    })
  )
})

import { getPriority } from "node:os"
import { Worker } from "node:worker_threads"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"

const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)

/** Runs it in a thread of its own; gives that thread's niceness. */
const inThread = Effect.callback<number>((resume) => {
  const worker = new Worker(
    `
    const { parentPort } = require("node:worker_threads")
    const { readlinkSync } = require("node:fs")
    const { getPriority } = require("node:os")
    Promise.all([import(${url("../../../src/layers/system/yieldToRequests.ts")}), import("effect/Effect")]).then(
      async ([{ yieldToRequests }, Effect]) => {
        await Effect.runPromise(yieldToRequests)
        parentPort.postMessage(getPriority(Number(readlinkSync("/proc/thread-self").split("/").at(-1))))
      }
    )
    `,
    { eval: true }
  )
  worker.once("message", (niceness: number) => resume(Effect.succeed(niceness)))
  return Effect.promise(() => worker.terminate())
})

it.effect.skipIf(process.platform !== "linux")(
  "a thread that yields to requests does so alone (threads have a niceness of their own on Linux only)",
  () =>
    Effect.gen(function* () {
      const before = getPriority()
      assert.isAbove(yield* inThread, before)
      assert.strictEqual(getPriority(), before)
    })
)

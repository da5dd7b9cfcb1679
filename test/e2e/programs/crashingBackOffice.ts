/**
 * The back office, dying again and again: after some frames it ends its thread at once, by turns before the frame at
 * hand is stored and after, when the answer to the gateway may or may not have left.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parentPort, workerData } from "node:worker_threads"
import type { BackOfficeOptions, Request } from "../../../src/layers/worker/protocol.ts"

const FRAMES = 5

// The thread that starts this one gives it exactly this.
const { directory } = workerData as BackOfficeOptions
const log = join(directory, "..", "deaths")
const deaths = existsSync(log) ? readFileSync(log).length : 0

let frames = 0

// Registered first, so it sees each frame before the spool does.
parentPort?.on("message", ({ type }: Request) => {
  if (type !== "publish" || ++frames < FRAMES) return
  const die = () => {
    appendFileSync(log, ".")
    process.exit(1)
  }
  if (deaths % 2 === 0) die()
  else setImmediate(die)
})

await import("../../../src/programs/backOffice.ts")

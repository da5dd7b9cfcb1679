/**
 * The back office, but its thread ends at once after some frames, by turns before the frame at hand is stored and
 * after, when the answer to the gateway may or may not have left. The fourth one lives on.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parentPort, workerData } from "node:worker_threads"
import type { BackOfficeOptions, Request } from "../../../src/layers/worker/protocol.ts"

const FRAMES = 5
const DEATHS = 3

// The thread that starts this one gives it exactly this.
const { directory } = workerData as BackOfficeOptions
const log = join(directory, "..", "deaths")
const deaths = existsSync(log) ? readFileSync(log).length : 0

let frames = 0

const die = () => {
  appendFileSync(log, ".")
  process.exit(1)
}

const onMessage = ({ type }: Request) => {
  if (type !== "publish" || ++frames < FRAMES) return
  if (deaths % 2 === 0) die()
  else setImmediate(die)
}

// Registered first, so it sees each frame before the spool does.
if (deaths < DEATHS) parentPort?.on("message", onMessage)

await import("../../../src/programs/backOffice.ts")

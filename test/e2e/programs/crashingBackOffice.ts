/**
 * The back office, but its thread ends at once after some frames, by turns before the frame at hand is stored and
 * after, when the answer to the gateway may or may not have left. The fourth one lives on.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parentPort } from "node:worker_threads"
import type { Request } from "../../../src/layers/worker/protocol.ts"

const FRAMES = 5
const DEATHS = 3

const log = join(process.env["SPANGATE_DATA"] ?? "", "deaths")
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

await import("../../../src/programs/backOffice.ts")

// The program waits for its first message now, and listens for frames after it: this one sees each before the spool does.
if (deaths < DEATHS) parentPort?.on("message", onMessage)

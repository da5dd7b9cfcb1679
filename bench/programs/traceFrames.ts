/** Writes a day of requests to its output, in the gateway's frames: node traceFrames.ts TRACES. */
import { writeFrames } from "../kit/frameStream.ts"
import { makeTraffic } from "../kit/traceTraffic.ts"

/** Of the gateway's frames. */
const FRAME_EVENTS = 256
const TRACES = Number(process.argv[2])

const frame = makeTraffic(TRACES)

function* frames() {
  for (let first = 0; first < TRACES; first += FRAME_EVENTS) yield frame(first, Math.min(FRAME_EVENTS, TRACES - first))
}

await writeFrames(frames(), process.stdout)

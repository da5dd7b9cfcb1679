/** Stands for the bus: confirms every frame, counts it, and forgets it. */
import { parentPort } from "node:worker_threads"
import type { Reply, Request } from "../../src/layers/worker/protocol.ts"

let spans = 0

const reply = (message: Reply) => parentPort?.postMessage(message)

parentPort?.on("message", (request: Request) => {
  switch (request.type) {
    case "start":
      return reply({ type: "ready" })
    case "publish":
      spans += request.spans
      return reply({ type: "done", id: request.id })
    case "loss":
      return reply({ type: "done", id: request.id })
    case "metrics":
      return reply({ type: "text", id: request.id, text: `bench_discarded_spans_total ${spans}\n` })
    case "stop":
      return process.exit()
    case "settings":
      return
  }
})

/** A back office that only tells: of which thread it is, and the first message that it got. */
import { parentPort, threadId } from "node:worker_threads"
import type { Reply, Request } from "../../../src/layers/worker/protocol.ts"

const reply = (message: Reply) => parentPort?.postMessage(message)
let first: Request | undefined

parentPort?.on("message", (request: Request) => {
  first ??= request
  switch (request.type) {
    case "start":
      return reply({ type: "ready" })
    case "metrics":
      return reply({ type: "text", id: request.id, text: JSON.stringify({ threadId, first }) })
    case "stop":
      return process.exit()
    default:
      return
  }
})

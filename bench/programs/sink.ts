/** A destination that answers at once: node sink.ts PORT. */
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { SinkMode } from "../kit/sink.ts"

let mode = "ok" as SinkMode
const waiting = new Set<ServerResponse>()

const answer = (response: ServerResponse) => {
  switch (mode) {
    case "ok":
      return response.writeHead(200, { "content-type": "application/x-protobuf", "content-length": 0 }).end()
    case "refusing":
      return response.writeHead(503, { "content-length": 0 }).end()
    case "hanging":
      waiting.add(response)
      return response.once("close", () => waiting.delete(response))
  }
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume()
  request.once("end", () => {
    if (request.method !== "PUT") return answer(response)
    // Only the harness sends this.
    mode = request.url?.split("/").at(-1) as SinkMode
    for (const each of waiting) each.destroy()
    return response.writeHead(204).end()
  })
})

server.listen(Number(process.argv[2]), "127.0.0.1", () =>
  console.log(`sink listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
)

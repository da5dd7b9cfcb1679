/** A destination that does as it is told, and counts the spans that it took: node flappingSink.ts. */
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { gunzipSync } from "node:zlib"
import { countSpans } from "../kit/countSpans.ts"
import type { FlappingMode } from "../kit/flappingSink.ts"

let mode = "ok" as FlappingMode
let port = 0
let taken = 0
const waiting = new Set<ServerResponse>()

/** `partial_success` with one rejected span. */
const ONE_REJECTED = Buffer.from([0x0a, 0x02, 0x08, 0x01])

const send = (response: ServerResponse, status: number, body = Buffer.alloc(0)) =>
  response.writeHead(status, { "content-type": "application/x-protobuf", "content-length": body.length }).end(body)

const answer = (response: ServerResponse, spans: number) => {
  switch (mode) {
    case "ok":
      taken += spans
      return send(response, 200)
    case "partial":
      taken += spans - 1
      return send(response, 200, ONE_REJECTED)
    case "unavailable":
      return send(response, 503)
    case "refusing":
      return send(response, 400)
    case "hanging":
      waiting.add(response)
      return response.once("close", () => waiting.delete(response))
    case "gone":
      return response.destroy()
  }
}

const otlp = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  // A body that breaks off has no end.
  request.on("error", () => {})
  request.once("end", () => {
    const body = Buffer.concat(chunks)
    answer(response, countSpans(request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body))
  })
})

const enter = (next: FlappingMode) => {
  mode = next
  for (const each of waiting) each.destroy()
  if (mode === "gone") {
    otlp.close()
    otlp.closeAllConnections()
  } else if (!otlp.listening) otlp.listen(port, "127.0.0.1")
}

const control = createServer((request, response) => {
  // Only the harness sends this.
  if (request.method === "PUT") enter(request.url?.slice(1) as FlappingMode)
  response.end(String(taken))
})

const portOf = (server: typeof otlp) => (server.address() as AddressInfo).port

otlp.listen(0, "127.0.0.1", () => {
  port = portOf(otlp)
  control.listen(0, "127.0.0.1", () =>
    console.log(`sink on http://127.0.0.1:${port}, told what to do on http://127.0.0.1:${portOf(control)}`)
  )
})

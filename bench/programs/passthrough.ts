/** The least a proxy in Node can do, the yardstick of the others: node passthrough.ts PROVIDER_PORT. */
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { type Dispatcher, Pool } from "undici"

const provider = new Pool(`http://127.0.0.1:${process.argv[2]}`)

class Forward implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  onRequestStart(): void {}

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | Array<string> | undefined>
  ): void {
    const length = headers["content-length"]
    this.#response.writeHead(status, {
      "content-type": String(headers["content-type"]),
      ...(length === undefined ? {} : { "content-length": String(length) })
    })
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#response.write(chunk)
  }

  onResponseEnd(): void {
    this.#response.end()
  }

  onResponseError(): void {
    this.#response.destroy()
  }
}

const server = createServer((request, response) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    const headers = ["content-type", "application/json", "authorization", request.headers.authorization ?? ""]
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    provider.dispatch({ path: request.url ?? "/", method: "POST", headers, body }, new Forward(response))
  })
})

server.listen(0, "127.0.0.1", 1024, () =>
  console.log(`pass-through listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
)

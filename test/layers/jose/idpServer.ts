import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"

type Respond = (request: IncomingMessage, response: ServerResponse) => void

export interface IdpServer {
  readonly url: string
  respond: Respond
  /** Requests received, as `METHOD path`. */
  readonly requests: Array<string>
  /** Connections that the other side gave up before the answer's end. */
  aborted: number
}

export const document =
  (text: string): Respond =>
  (_, response) =>
    response.setHeader("content-type", "application/json").end(text)

/** An identity provider on a free port of this machine, gone with the scope. */
export const idpServer = Effect.acquireRelease(
  Effect.callback<{ readonly idp: IdpServer; readonly close: () => void }>((resume) => {
    const server = createServer((request, response) => {
      idp.requests.push(`${request.method} ${request.url}`)
      response.on("close", () => {
        if (!response.writableEnded) idp.aborted += 1
      })
      idp.respond(request, response)
    })
    const idp = { url: "", respond: document("{}"), requests: [] as Array<string>, aborted: 0 }
    server.listen(0, "127.0.0.1", () => {
      // A server that listens on TCP has an address of this kind.
      const { port } = server.address() as AddressInfo
      idp.url = `http://127.0.0.1:${port}/jwks.json`
      const close = () => {
        server.close()
        server.closeAllConnections()
      }
      resume(Effect.succeed({ idp, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
).pipe(Effect.map(({ idp }): IdpServer => idp))

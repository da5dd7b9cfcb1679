import { connect, createServer, type Socket } from "node:net"
import * as Effect from "effect/Effect"

/** A network between a client and a server that can be cut and mended. */
export interface Proxy {
  readonly url: string
  /** Ends every connection, and refuses new ones. */
  readonly cut: () => void
  readonly mend: () => void
}

export const proxyTo = (url: string) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<Proxy & { readonly close: () => void }>((resolve) => {
          const target = Number(new URL(url).port)
          const sockets = new Set<Socket>()
          let whole = true
          const drop = (socket: Socket) => {
            sockets.delete(socket)
            socket.destroy()
          }
          const server = createServer((client) => {
            if (!whole) {
              client.destroy()
              return
            }
            const far = connect(target, "127.0.0.1")
            for (const [here, there] of [
              [client, far],
              [far, client]
            ] as const) {
              sockets.add(here)
              here.pipe(there)
              here.on("error", () => drop(here))
              here.on("close", () => {
                drop(here)
                drop(there)
              })
            }
          })
          const cut = () => {
            whole = false
            for (const socket of sockets) drop(socket)
          }
          server.listen(0, "127.0.0.1", () => {
            const address = server.address()
            const port = address !== null && typeof address === "object" ? address.port : 0
            resolve({
              url: `nats://127.0.0.1:${port}`,
              cut,
              mend: () => {
                whole = true
              },
              close: () => {
                cut()
                server.close()
              }
            })
          })
        })
    ),
    ({ close }) => Effect.sync(close)
  )

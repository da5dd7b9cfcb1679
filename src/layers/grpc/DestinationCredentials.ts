import { isIP, type Socket } from "node:net"
import { connect, type SecureContext } from "node:tls"
import { CallCredentials, ChannelCredentials, type experimental } from "@grpc/grpc-js"
import { classify } from "../undici/classify.ts"
import { handshakeFailed } from "./localFailure.ts"

/**
 * The connections of a channel, plain or TLS with the certificate verified for `host`.
 *
 * Ours, because the library's own cannot speak TLS to an IP address (it would send it as a server name, which Node
 * refuses), and because a channel has no way to give up a connection whose handshake is never answered, nor one whose
 * peer is gone: it would wait on it for good, and so would every send after.
 */
export class DestinationCredentials extends ChannelCredentials {
  readonly #host: string
  readonly #secureContext: SecureContext | undefined
  readonly #sockets = new Set<Socket>()

  constructor(host: string, secureContext: SecureContext | undefined) {
    super()
    this.#host = host
    this.#secureContext = secureContext
  }

  /** Cuts every connection that is open, at whatever stage it is. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  override _isSecure(): boolean {
    return this.#secureContext !== undefined
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other
  }

  override _createSecureConnector(): experimental.SecureConnector {
    return {
      connect: (socket) => {
        this.#sockets.add(socket)
        socket.once("close", () => this.#sockets.delete(socket))
        return this.#secureContext === undefined
          ? Promise.resolve({ socket, secure: false })
          : this.#handshake(socket, this.#secureContext)
      },
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => CallCredentials.createEmpty(),
      destroy: () => {}
    }
  }

  #handshake(socket: Socket, secureContext: SecureContext): Promise<experimental.SecureConnectResult> {
    return new Promise((resolve, reject) => {
      const secured = connect({
        socket,
        secureContext,
        ALPNProtocols: ["h2"],
        host: this.#host,
        ...(isIP(this.#host) === 0 ? { servername: this.#host } : {})
      })
      secured.once("secureConnect", () => resolve({ socket: secured, secure: true }))
      secured.on("error", (error) => reject(handshakeFailed(classify(error))))
      secured.once("close", () => reject(handshakeFailed("connection_reset")))
    })
  }
}

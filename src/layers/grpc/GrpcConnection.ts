import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2"
import { connect as connectTcp, isIP, type Socket } from "node:net"
import { connect as connectTls, type SecureContext } from "node:tls"

/** A connection that was idle for so long may lead to nobody: it has so much time for a sign of life. */
export interface SignOfLife {
  readonly idleMs: number
  readonly patienceMs: number
}

/** Servers hang up on clients that ping much; most forgive one ping for each answer they gave. */
const SIGN_OF_LIFE: SignOfLife = { idleMs: 10_000, patienceMs: 5000 }

/**
 * The one HTTP/2 connection to a destination, plain or TLS with the certificate verified for its host. It is made when a
 * call needs it and forgotten as soon as it takes no more calls; nothing is tried again here, no proxy is looked up in the
 * environment.
 */
export class GrpcConnection {
  readonly #url: URL
  readonly #secureContext: SecureContext | undefined
  readonly #signOfLife: SignOfLife
  readonly #sockets = new Set<Socket>()
  #session: ClientHttp2Session | undefined
  #usedAt = 0

  constructor(url: URL, secureContext: SecureContext | undefined, signOfLife = SIGN_OF_LIFE) {
    this.#url = url
    this.#secureContext = secureContext
    this.#signOfLife = signOfLife
  }

  /** For one call. It may still be connecting; where that fails, the streams on it fail with the reason. */
  session(): ClientHttp2Session {
    const now = performance.now()
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) this.#session = this.#open()
    else if (now - this.#usedAt > this.#signOfLife.idleMs) this.#ping(this.#session)
    this.#usedAt = now
    return this.#session
  }

  /** Cuts every connection that is open, at whatever stage it is, with the calls on it. */
  cut(): void {
    this.#session?.destroy()
    this.#session = undefined
    // A session takes leave of its peer first, and waits for an answer.
    for (const socket of this.#sockets) socket.destroy()
  }

  #ping(session: ClientHttp2Session): void {
    const patience = setTimeout(() => this.cut(), this.#signOfLife.patienceMs)
    session.ping(() => clearTimeout(patience))
  }

  #open(): ClientHttp2Session {
    const session = connectHttp2(this.#url, {
      createConnection: () => this.#connect(),
      settings: { enablePush: false },
      // By default a session takes no more calls once 10 MB wait to be sent, be it one call's.
      maxSessionMemory: Number.MAX_SAFE_INTEGER
    })
    // Whatever it is, the streams hear of it too.
    session.on("error", () => {})
    return session
  }

  #connect(): Socket {
    const { hostname, port, protocol } = this.#url
    const host = hostname.replace(/^\[(.*)\]$/, "$1")
    const to = { host, port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port) }
    // An address must not be sent as a server name.
    const servername = isIP(host) === 0 ? { servername: host } : {}
    const secureContext = this.#secureContext
    const socket =
      secureContext === undefined
        ? connectTcp(to)
        : connectTls({ ...to, ...servername, secureContext, ALPNProtocols: ["h2"] })
    this.#sockets.add(socket)
    socket.once("close", () => this.#sockets.delete(socket))
    return socket
  }
}

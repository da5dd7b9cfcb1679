import { connect, type Socket } from "node:net"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { makeWaiters } from "../../../src/layers/fake/Waiters.ts"
import { TOKEN } from "./configuration.ts"

/** A TCP connection that says what no HTTP client would. */
export interface RawClient {
  readonly socket: Socket
  readonly received: () => string
  readonly send: (bytes: string | Uint8Array) => void
  /** Waits until what was received matches; dies when the connection ends without. */
  readonly receives: (pattern: RegExp) => Effect.Effect<RegExpExecArray>
  /** Waits until the other side has ended or cut the connection. */
  readonly closed: Effect.Effect<void>
}

/** Connects; the connection goes with the scope. */
export const rawClient = (port: number) =>
  Effect.acquireRelease(
    Effect.callback<RawClient>((resume) => {
      const waiters = makeWaiters()
      let received = ""
      let closed = false
      const over = () => {
        closed = true
        waiters.changed()
      }
      // What it half-closed may still be answered.
      const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true })
      socket.setEncoding("utf8")
      socket.on("data", (text: string) => {
        received += text
        waiters.changed()
      })
      socket.on("end", over)
      socket.on("close", over)
      // A reset is one way to be closed.
      socket.on("error", over)
      socket.once("connect", () =>
        resume(
          Effect.succeed({
            socket,
            received: () => received,
            send: (bytes) => {
              if (socket.writable) socket.write(bytes)
            },
            receives: (pattern) =>
              Effect.flatMap(
                waiters.until((): Option.Option<RegExpExecArray | undefined> => {
                  const found = pattern.exec(received)
                  return found !== null ? Option.some(found) : closed ? Option.some(undefined) : Option.none()
                }),
                (found) =>
                  found === undefined
                    ? Effect.die(new Error(`closed without ${pattern}:\n${received}`))
                    : Effect.succeed(found)
              ),
            closed: waiters.until(() => (closed ? Option.some(undefined) : Option.none()))
          })
        )
      )
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )

/** The head of a chat request, with more header lines, each ended by `\r\n`. */
export const head = (more: string): string =>
  `POST /v1/chat/completions HTTP/1.1\r\nHost: spangate\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\n${more}\r\n`

/** A whole chat request. */
export const whole = (body: string): string => `${head(`Content-Length: ${Buffer.byteLength(body)}\r\n`)}${body}`

export const statusesOf = (received: string): ReadonlyArray<number> =>
  [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))

export const traceIdsOf = (received: string): ReadonlyArray<string> =>
  [...received.matchAll(/^x-trace-id: ([0-9a-f]{32})\r$/gm)].map(([, traceId = ""]) => traceId)

import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { client, echo, Handled, withServer } from "./fakeGateway.ts"
import { post } from "./rawClient.ts"

describe("a connection", () => {
  const refused: ReadonlyArray<readonly [string, string, number, string]> = [
    ["bytes that are no HTTP", "hello\r\n\r\n", 400, "malformed_http"],
    ["HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "malformed_http"],
    ["a header with a control character", "GET / HTTP/1.1\r\nhost: g\r\nx: a\u0001b\r\n\r\n", 400, "malformed_http"],
    ["a length that is no number", "POST / HTTP/1.1\r\nhost: g\r\ncontent-length: x\r\n\r\n", 400, "malformed_http"],
    [
      "two ways to measure a body",
      "POST / HTTP/1.1\r\nhost: g\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
      400,
      "malformed_http"
    ],
    ["headers without end", `GET / HTTP/1.1\r\nhost: g\r\nx: ${"x".repeat(40_000)}\r\n\r\n`, 431, "headers_too_large"],
    ["a URL without end", `GET /${"x".repeat(40_000)} HTTP/1.1\r\nhost: g\r\n\r\n`, 431, "headers_too_large"]
  ]
  for (const [name, bytes, status, code] of refused) {
    it.effect(`${name}: ${status} ${code}, and the connection closes`, () =>
      Effect.gen(function* () {
        const c = yield* client
        c.send(bytes)
        const text = yield* c.closing
        c.socket.end()
        assert.match(text, new RegExp(`^HTTP/1.1 ${status} `))
        assert.strictEqual(JSON.parse(text.slice(text.indexOf("{"))).error.code, code)
      }).pipe(withServer)
    )
  }

  it.effect("lets go of a client that stays after it was refused", () =>
    Effect.gen(function* () {
      const handled = yield* Handled
      handled.by(echo)
      const c = yield* client
      c.send("POST /x HTTP/1.1\r\nhost: g\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")
      yield* handled.begun
      assert.match(yield* c.closing, /malformed_http/)
      // Its own side is still open: only the server can end this.
      assert.strictEqual(yield* handled.ended, "interrupted")
    }).pipe(withServer)
  )

  it.effect("never writes an error into the middle of an answer", () =>
    Effect.gen(function* () {
      const handled = yield* Handled
      handled.by((exchange) =>
        Effect.suspend(() => {
          exchange.writeHead(200, ["content-type", "text/event-stream"])
          exchange.write(Buffer.from("data: one\n\n"))
          return Effect.never
        })
      )
      const c = yield* client
      c.send(post("{}"))
      yield* c.until(/one\n\n/)
      c.send("garbage\r\n\r\n")
      assert.notInclude(yield* c.closing, "malformed_http")
      assert.strictEqual(yield* handled.ended, "interrupted")
    }).pipe(withServer)
  )
})

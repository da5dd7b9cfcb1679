import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Connection } from "../layers/undici/rawProvider.ts"
import { type Answer, call } from "./client.ts"
import { Captured } from "./harness.ts"
import { RawProvider, rawGatewayLayer } from "./rawProviderLayer.ts"

const BODY = '{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}'
const EVENT = 'data: {"id":"x","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n'

/** A request that the provider answers as told, and its trace. */
const asked = Effect.fnUntraced(function* (tell: (connection: Connection) => void, stream = false) {
  const provider = yield* RawProvider
  const captured = yield* Captured
  const asking: Fiber.Fiber<Answer> = yield* Effect.forkChild(call("raw/m", { more: { stream } }), {
    startImmediately: true
  })
  const connection = yield* provider.next
  yield* connection.request
  tell(connection)
  const answer = yield* Fiber.join(asking)
  const { header } = yield* captured.next
  assert.strictEqual(yield* captured.left, 0)
  return { answer, connection, header }
})

const json = "content-type: application/json\r\n"
const sse = "content-type: text/event-stream\r\n"

describe("a provider that", () => {
  it.effect("sends early hints, a body in odd chunks and a trailer is understood", () =>
    Effect.gen(function* () {
      const { answer } = yield* asked((connection) => {
        connection.send("HTTP/1.1 103 Early Hints\r\nx: 1\r\n\r\n")
        connection.send(`HTTP/1.1 200 OK\r\n${json}transfer-encoding: chunked\r\n\r\n`)
        for (const byte of Buffer.from(BODY)) connection.send(`1\r\n${String.fromCharCode(byte)}\r\n`)
        connection.send("0\r\nx-trailer: 1\r\n\r\n")
      })
      assert.strictEqual(answer.text, BODY)
      assert.isNull(answer.headers.get("x-trailer"))
    }).pipe(Effect.provide(rawGatewayLayer))
  )

  it.effect("redirects is not followed", () =>
    Effect.gen(function* () {
      const { answer, header } = yield* asked((connection) =>
        connection.answer(308, "location: http://127.0.0.1:1/\r\n", "")
      )
      assert.strictEqual(answer.status, 502)
      assert.strictEqual(answer.json.error.code, "provider_redirect")
      assert.isNull(answer.headers.get("location"))
      assert.strictEqual(header.attempts[0]?.status, 308)
      assert.strictEqual(header.attempts[0]?.errorType, "308")
    }).pipe(Effect.provide(rawGatewayLayer))
  )

  it.effect("puts bytes beyond ASCII into its headers cannot break the answer", () =>
    Effect.gen(function* () {
      const { answer } = yield* asked((connection) =>
        connection.answer(
          200,
          `${json}x-ratelimit-note: caf\u00e9 \u00c3\u00a9\r\nx-ratelimit-two: 1\r\nx-ratelimit-two: 2\r\n`,
          BODY
        )
      )
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(answer.headers.get("x-ratelimit-note"), "caf\u00e9 \u00c3\u00a9")
    }).pipe(Effect.provide(rawGatewayLayer))
  )

  it.effect("puts control characters into its headers cannot break the answer", () =>
    Effect.gen(function* () {
      const { answer } = yield* asked((connection) =>
        connection.answer(200, `${json}x-ratelimit-note: a\u0001b\u007f\r\n`, BODY)
      )
      assert.include([200, 502], answer.status)
    }).pipe(Effect.provide(rawGatewayLayer))
  )

  it.effect("has headers without end is a 502", () =>
    Effect.gen(function* () {
      const { answer, header } = yield* asked((connection) =>
        connection.send(`HTTP/1.1 200 OK\r\nx: ${"x".repeat(200_000)}\r\n\r\n`)
      )
      assert.strictEqual(answer.status, 502)
      assert.strictEqual(header.attempts[0]?.errorType, "protocol")
    }).pipe(Effect.provide(rawGatewayLayer))
  )

  it.effect("has an error body without end is cut off, and the client told", () =>
    Effect.gen(function* () {
      const { answer, connection } = yield* asked((connection) => {
        connection.send(`HTTP/1.1 500 X\r\n${json}transfer-encoding: chunked\r\n\r\n`)
        const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`
        const pump = () => {
          while (!connection.socket.destroyed && connection.socket.write(chunk));
        }
        connection.socket.on("drain", pump)
        pump()
      })
      assert.strictEqual(answer.status, 500)
      assert.isString(answer.json.error.message)
      yield* connection.gone
    }).pipe(Effect.provide(rawGatewayLayer))
  )

  it.effect("answers before it has read the request is heard", () =>
    Effect.gen(function* () {
      const provider = yield* RawProvider
      const asking: Fiber.Fiber<Answer> = yield* Effect.forkChild(
        call("raw/m", { more: { padding: "x".repeat(900_000) } }),
        { startImmediately: true }
      )
      const connection = yield* provider.next
      connection.socket.pause()
      connection.answer(413, json, '{"error":{"message":"too long","type":"invalid_request_error"}}')
      const answer = yield* Fiber.join(asking)
      assert.strictEqual(answer.status, 413)
      assert.strictEqual(answer.json.error.message, "too long")
    }).pipe(Effect.provide(rawGatewayLayer))
  )

  it.effect("closes without a last chunk behind the final event gave a whole answer", () =>
    Effect.gen(function* () {
      const { answer, header } = yield* asked((connection) => {
        const events = `${EVENT}data: [DONE]\n\n`
        connection.send(`HTTP/1.1 200 OK\r\n${sse}transfer-encoding: chunked\r\n\r\n`)
        connection.socket.end(`${events.length.toString(16)}\r\n${events}\r\n`)
      }, true)
      assert.match(answer.text, /data: \[DONE\]\n\n$/)
      assert.strictEqual(header.outcome, "completed")
      assert.strictEqual(header.errorType, undefined)
    }).pipe(Effect.provide(rawGatewayLayer))
  )

  it.effect("sends garbage in the middle of a stream is told of in the stream", () =>
    Effect.gen(function* () {
      const { answer, header } = yield* asked((connection) => {
        const event = 'data: {"id":"x","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}\n\n'
        connection.send(`HTTP/1.1 200 OK\r\n${sse}transfer-encoding: chunked\r\n\r\n`)
        connection.send(`${event.length.toString(16)}\r\n${event}\r\nzz\r\n`)
      }, true)
      assert.include(answer.text, '"error":{')
      assert.strictEqual(header.outcome, "failed")
      assert.strictEqual(header.stream?.errorType, "stream_interrupted")
    }).pipe(Effect.provide(rawGatewayLayer))
  )
})

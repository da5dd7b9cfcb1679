import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Upstream } from "../../../src/services/gateway/Upstream.ts"
import { account, conversation, exitOf, Heard, reasonOf, withUpstream } from "./conversation.ts"
import { rawProvider } from "./rawProvider.ts"

/** undici gives a connection back one turn after its answer has ended. */
const connectionFree = Effect.andThen(Effect.yieldNow, Effect.yieldNow)

describe("UndiciUpstream", () => {
  it.effect("sends the account's headers, and the request's over them", () =>
    Effect.gen(function* () {
      const { connection, fiber, heard, request } = yield* conversation(new Heard(), {
        "x-own": "request",
        "x-new": "n"
      })
      assert.match(request, /^POST \/v1\/x\?y=1 HTTP\/1\.1\r\n/)
      for (const line of ["authorization: Bearer k", "content-type: application/json", "x-own: request", "x-new: n"]) {
        assert.include(request, `${line}\r\n`)
      }
      assert.notInclude(request, "account")
      assert.notInclude(request.toLowerCase(), "accept-encoding")
      assert.include(request, '\r\n\r\n{"a":1}')
      connection.answer(200, "x-a: 1\r\nx-twice: 1\r\nx-twice: 2\r\n", "hello")
      assert.strictEqual(reasonOf(yield* exitOf(fiber)), "ok")
      assert.strictEqual(heard.head_?.status, 200)
      assert.deepInclude(heard.head_?.headers, { "x-a": "1", "x-twice": ["1", "2"] })
      assert.strictEqual(heard.text, "hello")
    }).pipe(withUpstream)
  )

  it.effect("uses a connection again after a whole answer, after an error and after a body nobody read", () =>
    Effect.gen(function* () {
      const { connection, fiber, provider, send } = yield* conversation()
      connection.answer(200, "", "one")
      yield* exitOf(fiber)
      yield* connectionFree
      for (const status of [500, 204, 304, 200]) {
        const next = yield* Effect.forkChild(Effect.exit(send()), { startImmediately: true })
        yield* connection.request
        if (status === 200 || status === 500) connection.answer(status, "", "two")
        else connection.send(`HTTP/1.1 ${status} X\r\n\r\n`)
        assert.strictEqual(reasonOf(yield* exitOf(next)), "ok")
        yield* connectionFree
      }
      assert.strictEqual(provider.opened(), 1)
    }).pipe(withUpstream)
  )

  it.effect("passes over 1xx heads", () =>
    Effect.gen(function* () {
      const { connection, fiber, heard } = yield* conversation()
      connection.send("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n")
      connection.answer(200, "", "ok")
      yield* exitOf(fiber)
      assert.deepStrictEqual([heard.heads, heard.head_?.status], [1, 200])
    }).pipe(withUpstream)
  )

  it.effect("does not follow redirects", () =>
    Effect.gen(function* () {
      const { connection, fiber, heard, provider } = yield* conversation()
      connection.answer(307, "location: /elsewhere\r\n", "")
      yield* exitOf(fiber)
      assert.strictEqual(heard.head_?.status, 307)
      assert.strictEqual(provider.opened(), 1)
    }).pipe(withUpstream)
  )

  it.effect("reads chunks, trailers and a body that ends with its connection", () =>
    Effect.gen(function* () {
      const chunked = yield* conversation()
      chunked.connection.send(
        "HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\ntrailer: x-t\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nx-t: 1\r\n\r\n"
      )
      assert.strictEqual(reasonOf(yield* exitOf(chunked.fiber)), "ok")
      assert.strictEqual(chunked.heard.text, "abcde")
      const closing = yield* conversation()
      closing.connection.send("HTTP/1.1 200 X\r\nconnection: close\r\n\r\nuntil")
      yield* closing.heard.hasChunk.await
      closing.connection.socket.end(" the end")
      assert.strictEqual(reasonOf(yield* exitOf(closing.fiber)), "ok")
      assert.strictEqual(closing.heard.text, "until the end")
    }).pipe(withUpstream)
  )

  const broken: ReadonlyArray<readonly [string, string, string]> = [
    ["bytes that are no HTTP", "hello\r\n\r\n", "protocol"],
    ["a head that is too large", `HTTP/1.1 200 X\r\nx-big: ${"x".repeat(70_000)}\r\n\r\n`, "protocol"],
    ["a broken chunk", "HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc", "protocol"],
    ["a length that is no number", "HTTP/1.1 200 X\r\ncontent-length: many\r\n\r\n", "protocol"]
  ]
  for (const [name, bytes, reason] of broken) {
    it.effect(`${name} is ${reason}`, () =>
      Effect.gen(function* () {
        const { connection, fiber } = yield* conversation()
        connection.send(bytes)
        assert.strictEqual(reasonOf(yield* exitOf(fiber)), reason)
        yield* connection.gone
      }).pipe(withUpstream)
    )
  }

  it.effect("a connection that closes before the head, or inside the body, is reset", () =>
    Effect.gen(function* () {
      const before = yield* conversation()
      before.connection.socket.end()
      assert.strictEqual(reasonOf(yield* exitOf(before.fiber)), "connection_reset")
      const inside = yield* conversation()
      inside.connection.send("HTTP/1.1 200 X\r\ncontent-length: 10\r\n\r\nabc")
      yield* inside.heard.hasChunk.await
      inside.connection.socket.resetAndDestroy()
      assert.strictEqual(reasonOf(yield* exitOf(inside.fiber)), "connection_reset")
      assert.strictEqual(inside.heard.text, "abc")
    }).pipe(withUpstream)
  )

  it.effect("a header that cannot be sent is an answer, not a crash", () =>
    Effect.gen(function* () {
      const upstream = yield* Upstream
      for (const [name, value] of [
        ["x-a", "a\r\nx-b: 1"],
        ["x-a", "\u4e16"],
        ["bad name", "a"]
      ] as const) {
        const exit = yield* Effect.exit(
          upstream.send({
            account: account("http://127.0.0.1:1"),
            path: "/",
            headers: { [name]: value },
            body: Buffer.from("{}"),
            receiver: new Heard()
          })
        )
        assert.strictEqual(reasonOf(exit), "protocol")
      }
    }).pipe(withUpstream)
  )

  it.effect("names what kept it from connecting", () =>
    Effect.gen(function* () {
      const upstream = yield* Upstream
      const to = (origin: string) =>
        Effect.exit(
          upstream.send({
            account: account(origin),
            path: "/",
            headers: {},
            body: Buffer.from("{}"),
            receiver: new Heard()
          })
        )
      assert.strictEqual(reasonOf(yield* to("http://127.0.0.1:1")), "connection_refused")
      const provider = yield* rawProvider
      const fiber = yield* Effect.forkChild(to(`https://127.0.0.1:${provider.port}`), { startImmediately: true })
      const connection = yield* provider.next
      connection.send("HTTP/1.1 400 Bad Request\r\n\r\n")
      assert.strictEqual(reasonOf(yield* Fiber.join(fiber)), "tls")
    }).pipe(withUpstream)
  )

  it.effect("a body cut short by the end of its connection is reset, however it was to be measured", () =>
    Effect.gen(function* () {
      for (const head of ["content-length: 10", "transfer-encoding: chunked"]) {
        for (const more of ["", "connection: close\r\n"]) {
          const { connection, fiber, heard } = yield* conversation()
          connection.send(
            `HTTP/1.1 200 X\r\n${head}\r\n${more}\r\n${head.includes("chunked") ? "3\r\nabc\r\n" : "abc"}`
          )
          yield* heard.hasChunk.await
          connection.socket.end()
          assert.strictEqual(reasonOf(yield* exitOf(fiber)), "connection_reset", `${head} ${more}`)
        }
      }
    }).pipe(withUpstream)
  )

  it.effect("closes its connections with its scope, and fails what still runs", () =>
    Effect.gen(function* () {
      const provider = yield* rawProvider
      const { connection, fiber } = yield* Effect.gen(function* () {
        const upstream = yield* Upstream
        const fiber = yield* Effect.forkDetach(
          Effect.exit(
            upstream.send({
              account: account(provider.origin),
              path: "/",
              headers: {},
              body: Buffer.from("{}"),
              receiver: new Heard()
            })
          )
        )
        const connection = yield* provider.next
        yield* connection.request
        return { connection, fiber }
      }).pipe(withUpstream)
      yield* connection.gone
      assert.notStrictEqual(reasonOf(yield* Fiber.join(fiber)), "ok")
    })
  )
})

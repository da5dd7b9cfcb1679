import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import { UndiciUpstreamLayer } from "../../../src/layers/undici/UndiciUpstream.ts"
import type { Account } from "../../../src/services/config/CompiledConfig.ts"
import {
  type Flow,
  type Receiver,
  Upstream,
  type UpstreamError,
  type UpstreamHead
} from "../../../src/services/gateway/Upstream.ts"
import { rawProvider } from "./rawProvider.ts"

const account = (origin: string): Account => ({
  name: "a",
  type: "openai-compatible",
  api: "openai",
  providerName: "a",
  origin,
  serverAddress: "127.0.0.1",
  serverPort: 80,
  headers: { authorization: "Bearer k", "x-own": "account" },
  propagateTrace: false
})

class Heard implements Receiver {
  head_: UpstreamHead | undefined
  flow: Flow | undefined
  heads = 0
  readonly chunks: Array<Uint8Array> = []
  onHead: () => void = () => {}
  onChunk: () => void = () => {}
  readonly hasHead = Latch.makeUnsafe()
  readonly hasChunk = Latch.makeUnsafe()

  head(head: UpstreamHead, flow: Flow): void {
    this.heads++
    this.head_ = head
    this.flow = flow
    this.onHead()
    this.hasHead.openUnsafe()
  }

  chunk(bytes: Uint8Array): void {
    this.chunks.push(bytes)
    this.onChunk()
    this.hasChunk.openUnsafe()
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString()
  }
}

/** A provider, and a request that has reached it. */
const conversation = Effect.fnUntraced(function* (
  heard: Heard = new Heard(),
  headers: { readonly [name: string]: string } = {}
) {
  const provider = yield* rawProvider
  const upstream = yield* Upstream
  const own = account(provider.origin)
  const send = (receiver: Receiver = heard) =>
    upstream.send({ account: own, path: "/v1/x?y=1", headers, body: Buffer.from('{"a":1}'), receiver })
  const fiber: Fiber.Fiber<Exit.Exit<void, UpstreamError>> = yield* Effect.forkChild(Effect.exit(send()), {
    startImmediately: true
  })
  const connection = yield* provider.next
  const request = yield* connection.request
  return { connection, fiber, heard, provider, request, send }
})

const reasonOf = (exit: Exit.Exit<void, UpstreamError>) =>
  Exit.isFailure(exit) ? Option.getOrUndefined(Cause.findErrorOption(exit.cause))?.reason : "ok"

const exitOf = (fiber: Fiber.Fiber<Exit.Exit<void, UpstreamError>>) => Fiber.join(fiber)

/** undici gives a connection back one turn after its answer has ended. */
const connectionFree = Effect.andThen(Effect.yieldNow, Effect.yieldNow)

const withUpstream = Effect.provide(UndiciUpstreamLayer)

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

  describe("interrupted", () => {
    it.effect("before it has a connection: the request is never sent", () =>
      Effect.gen(function* () {
        const provider = yield* rawProvider
        const upstream = yield* Upstream
        const heard = new Heard()
        const fiber = yield* Effect.forkChild(
          upstream.send({
            account: account(provider.origin),
            path: "/",
            headers: {},
            body: Buffer.from("{}"),
            receiver: heard
          }),
          { startImmediately: true }
        )
        yield* Fiber.interrupt(fiber)
        const connection = yield* provider.next
        yield* connection.gone
        assert.strictEqual(heard.heads, 0)
        assert.strictEqual(connection.socket.bytesRead, 0)
      }).pipe(withUpstream)
    )

    it.effect("before the head", () =>
      Effect.gen(function* () {
        const { connection, fiber, heard } = yield* conversation()
        yield* Fiber.interrupt(fiber)
        yield* connection.gone
        assert.strictEqual(heard.heads, 0)
      }).pipe(withUpstream)
    )

    it.effect("between the head and the body", () =>
      Effect.gen(function* () {
        const { connection, fiber, heard } = yield* conversation()
        connection.send("HTTP/1.1 200 X\r\ncontent-length: 10\r\n\r\n")
        yield* heard.hasHead.await
        yield* Fiber.interrupt(fiber)
        yield* connection.gone
        assert.strictEqual(heard.chunks.length, 0)
      }).pipe(withUpstream)
    )

    it.effect("by the very head: nothing of the body is heard", () =>
      Effect.gen(function* () {
        const heard = new Heard()
        const { connection, fiber } = yield* conversation(heard)
        heard.onHead = () => fiber.interruptUnsafe()
        connection.answer(200, "", "body")
        yield* connection.gone
        yield* Fiber.await(fiber)
        assert.deepStrictEqual([heard.heads, heard.chunks.length], [1, 0])
      }).pipe(withUpstream)
    )

    it.effect("inside the body", () =>
      Effect.gen(function* () {
        const { connection, fiber, heard } = yield* conversation()
        connection.send("HTTP/1.1 200 X\r\ncontent-length: 10\r\n\r\nabc")
        yield* heard.hasChunk.await
        yield* Fiber.interrupt(fiber)
        yield* connection.gone
        heard.flow?.resume()
        heard.flow?.pause()
        heard.flow?.stop()
      }).pipe(withUpstream)
    )
  })

  it.effect("ends with what the receiver throws, over the head or a chunk, and closes the connection", () =>
    Effect.gen(function* () {
      for (const place of ["onHead", "onChunk"] as const) {
        const heard = new Heard()
        heard[place] = () => {
          throw new Error(`boom ${place}`)
        }
        const { connection, fiber } = yield* conversation(heard)
        connection.send("HTTP/1.1 200 X\r\ncontent-length: 9\r\n\r\nabc")
        const exit = yield* exitOf(fiber)
        assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
        assert.include(String(Exit.isFailure(exit) ? exit.cause : ""), `boom ${place}`)
        yield* connection.gone
      }
    }).pipe(withUpstream)
  )

  it.effect("stops when told: well ended, nothing more heard, connection closed", () =>
    Effect.gen(function* () {
      const heard = new Heard()
      const { connection, fiber } = yield* conversation(heard)
      heard.onChunk = () => {
        heard.flow?.stop()
        heard.flow?.stop()
      }
      connection.send("HTTP/1.1 500 X\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n")
      assert.strictEqual(reasonOf(yield* exitOf(fiber)), "ok")
      yield* connection.gone
      assert.strictEqual(heard.text, "abc")
    }).pipe(withUpstream)
  )

  it.effect("paused, the provider's own socket fills; resumed, all arrives", () =>
    Effect.gen(function* () {
      const heard = new Heard()
      const { connection, fiber } = yield* conversation(heard)
      heard.onHead = () => heard.flow?.pause()
      const total = 50 * 1024 * 1024
      const piece = Buffer.alloc(64 * 1024, "x")
      let sent = 0
      const full = Latch.makeUnsafe()
      const pump = () => {
        while (sent < total) {
          sent += piece.length
          if (!connection.socket.write(piece)) {
            full.openUnsafe()
            return
          }
        }
      }
      connection.send(`HTTP/1.1 200 X\r\ncontent-length: ${total}\r\n\r\n`)
      connection.socket.on("drain", pump)
      yield* heard.hasHead.await
      pump()
      yield* full.await
      // The kernel takes some megabytes, then no more: two looks apart see the same.
      let before = -1
      while (before !== connection.socket.bytesWritten - connection.socket.writableLength) {
        before = connection.socket.bytesWritten - connection.socket.writableLength
        yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 100)))
      }
      assert.isBelow(sent, total)
      assert.isBelow(heard.text.length, 1024 * 1024)
      heard.flow?.resume()
      assert.strictEqual(reasonOf(yield* exitOf(fiber)), "ok")
      assert.strictEqual(
        heard.chunks.reduce((sum, chunk) => sum + chunk.length, 0),
        total
      )
    }).pipe(withUpstream)
  )

  it.effect("paused when the provider closes, still gets all that was sent, once resumed", () =>
    Effect.gen(function* () {
      const heard = new Heard()
      const { connection, fiber } = yield* conversation(heard)
      heard.onHead = () => heard.flow?.pause()
      connection.send("HTTP/1.1 200 X\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc")
      yield* heard.hasHead.await
      connection.socket.end()
      assert.strictEqual(heard.text, "")
      heard.flow?.resume()
      assert.strictEqual(reasonOf(yield* exitOf(fiber)), "ok")
      assert.strictEqual(heard.text, "abc")
      // The client may be heard of once more, when all is over.
      heard.flow?.resume()
      heard.flow?.pause()
      heard.flow?.resume()
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

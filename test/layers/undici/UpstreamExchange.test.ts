import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import { Upstream } from "../../../src/services/gateway/Upstream.ts"
import { account, conversation, exitOf, Heard, reasonOf, withUpstream } from "./conversation.ts"
import { rawProvider } from "./rawProvider.ts"

describe("an exchange", () => {
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
})

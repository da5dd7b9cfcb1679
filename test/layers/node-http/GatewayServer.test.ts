import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { GatewayServer } from "../../../src/layers/node-http/GatewayServer.ts"
import { answer, client, echo, Handled, serverLayer, withServer } from "./fakeGateway.ts"
import { post, rawClient } from "./rawClient.ts"

describe("GatewayServer", () => {
  it.effect("answers its own routes, with or without a query", () =>
    Effect.gen(function* () {
      const c = yield* client
      for (const [path, body] of [
        ["/health/live", "ok"],
        ["/health/ready?verbose=1", "ok"],
        ["/metrics?name=x", "page"]
      ] as const) {
        c.send(`GET ${path} HTTP/1.1\r\nhost: g\r\n\r\n`)
        assert.match(yield* c.until(new RegExp(`\r\n\r\n${body}\n$`)), /^HTTP\/1\.1 200 OK/)
      }
    }).pipe(withServer)
  )

  it.effect("gives method, path without query, headers, peer and body", () =>
    Effect.gen(function* () {
      const handled = yield* Handled
      handled.by(echo)
      const c = yield* client
      c.send(post("12345", "X-Two: a\r\nx-two: b\r\ncookie: a=1\r\ncookie: b=2\r\n", "/a//b%2F?c=/d?e"))
      const exchange = yield* handled.begun
      assert.deepStrictEqual([exchange.method, exchange.path], ["POST", "/a//b%2F"])
      assert.deepStrictEqual([exchange.header("x-two"), exchange.header("cookie")], ["a, b", "a=1; b=2"])
      assert.deepStrictEqual([exchange.peerAddress, exchange.protocolVersion], ["127.0.0.1", "1.1"])
      assert.isNumber(exchange.peerPort)
      yield* c.until(/5 bytes$/)
    }).pipe(withServer)
  )

  it.effect("reads a body in pieces, chunked, empty, and asked for with 100-continue", () =>
    Effect.gen(function* () {
      const handled = yield* Handled
      handled.by(echo)
      const c = yield* client
      c.send(post("12345").slice(0, -3))
      yield* handled.begun
      c.send("345")
      yield* c.until(/5 bytes$/)
      c.send("POST /x HTTP/1.1\r\nhost: g\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n")
      yield* c.until(/4 bytes$/)
      c.send(post(""))
      yield* c.until(/0 bytes$/)
      c.send("POST /x HTTP/1.1\r\nhost: g\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
      yield* c.until(/100 Continue\r\n\r\n/)
      c.send("ok")
      yield* c.until(/2 bytes$/)
    }).pipe(withServer)
  )

  it.effect("says that a body is too large as soon as it knows, and the connection goes on", () =>
    Effect.gen(function* () {
      const handled = yield* Handled
      handled.by(echo)
      const c = yield* client
      const big = "x".repeat(5000)
      c.send(post(big).slice(0, 200))
      yield* c.until(/too large$/)
      c.send(post(big).slice(200))
      c.send(`POST /x HTTP/1.1\r\nhost: g\r\ntransfer-encoding: chunked\r\n\r\n1388\r\n${big}\r\n`)
      yield* c.until(/too large$/)
      c.send("0\r\n\r\n")
      c.send(post("after"))
      yield* c.until(/5 bytes$/)
    }).pipe(withServer)
  )

  it.effect("answers before a body that nobody reads, and the connection goes on", () =>
    Effect.gen(function* () {
      const handled = yield* Handled
      handled.by((exchange) => Effect.sync(() => answer(exchange)))
      const c = yield* client
      c.send(post("x".repeat(300_000)))
      yield* c.until(/ok$/)
      c.send(post("again"))
      yield* c.until(/ok$/)
    }).pipe(withServer)
  )

  it.effect("speaks HTTP/1.0: no chunks, and the connection closes", () =>
    Effect.gen(function* () {
      const handled = yield* Handled
      handled.by((exchange) =>
        Effect.sync(() => {
          exchange.writeHead(200, ["content-type", "text/event-stream"])
          exchange.write(Buffer.from("one"))
          exchange.end(Buffer.from("two"))
        })
      )
      const c = yield* client
      c.send(post("{}", "", "/x", "1.0"))
      const text = yield* c.closing
      assert.match(text, /\r\n\r\nonetwo$/)
      assert.notInclude(text, "chunked")
    }).pipe(withServer)
  )

  it.effect("sends no body to HEAD", () =>
    Effect.gen(function* () {
      const handled = yield* Handled
      handled.by((exchange) => Effect.sync(() => answer(exchange)))
      const c = yield* client
      c.send("HEAD /v1/models HTTP/1.1\r\nhost: g\r\n\r\nGET /v1/models HTTP/1.1\r\nhost: g\r\n\r\n")
      const text = yield* c.until(/ok$/)
      assert.strictEqual(text.match(/HTTP\/1\.1 200/g)?.length, 2)
      assert.strictEqual(text.match(/ok/g)?.length, 1)
    }).pipe(withServer)
  )

  it.effect("answers pipelined requests in their order", () =>
    Effect.gen(function* () {
      const handled = yield* Handled
      handled.by(() => Effect.never)
      const c = yield* client
      c.send(post("1", "", "/first") + post("2", "", "/second"))
      const first = yield* handled.begun
      const second = yield* handled.begun
      answer(second, "second")
      answer(first, "first")
      const text = yield* c.until(/second$/)
      assert.isBelow(text.indexOf("first"), text.indexOf("second"))
    }).pipe(withServer)
  )

  it.effect("leaves no response open, whatever its request ended with", () =>
    Effect.gen(function* () {
      const handled = yield* Handled
      for (const end of [Effect.void, Effect.yieldNow, Effect.die(new Error("boom"))]) {
        handled.by(() => end)
        const c = yield* client
        c.send(post("{}"))
        yield* handled.begun
        assert.strictEqual(yield* c.closing, "")
      }
    }).pipe(withServer)
  )

  it.effect("an answer ends once, whatever is tried after", () =>
    Effect.gen(function* () {
      const handled = yield* Handled
      handled.by((exchange) =>
        Effect.sync(() => {
          answer(exchange, "once")
          exchange.end(Buffer.from("twice"))
          exchange.end()
        })
      )
      const c = yield* client
      c.send(post("{}"))
      yield* c.until(/once$/)
      c.send(post("{}"))
      assert.notInclude(yield* c.until(/once$/), "twice")
    }).pipe(withServer)
  )

  it.effect("flushed: at once when the system took it all, else when the client has", () =>
    Effect.gen(function* () {
      const handled = yield* Handled
      const big = Buffer.alloc(32 * 1024 * 1024, "x")
      handled.by((exchange) =>
        Effect.suspend(() => {
          exchange.writeHead(200, ["content-length", String(big.length)])
          exchange.end(big)
          return exchange.flushed
        })
      )
      const c = yield* client
      c.socket.pause()
      c.send(post("{}"))
      yield* handled.begun
      const ended = yield* Effect.forkChild(handled.ended, { startImmediately: true })
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      assert.isUndefined(ended.pollUnsafe(), "32 MiB are in no socket's buffer")
      c.socket.resume()
      assert.strictEqual(yield* Fiber.join(ended), "done")
      yield* c.untilBytes(big.length)

      let atOnce = false
      handled.by((exchange) =>
        Effect.gen(function* () {
          answer(exchange)
          atOnce = true
          yield* exchange.flushed
        })
      )
      const quick = yield* client
      quick.send(post("{}"))
      yield* quick.until(/ok$/)
      assert.strictEqual(yield* handled.ended, "done")
      assert.isTrue(atOnce)
    }).pipe(withServer)
  )

  describe("when it closes", () => {
    const closing = Effect.fnUntraced(function* (drainMs: number) {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(serverLayer({ drainMs }), scope)
      const c = yield* rawClient(Context.get(context, GatewayServer).port)
      const handled = Context.get(context, Handled)
      handled.by(() => Effect.never)
      c.send(post("{}"))
      const exchange = yield* handled.begun
      const idle = yield* rawClient(Context.get(context, GatewayServer).port)
      idle.send("GET /health/ready HTTP/1.1\r\nhost: g\r\n\r\n")
      yield* idle.until(/ok\n$/)
      const closed = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      return { c, closed, exchange, handled, idle }
    })

    it.effect("lets requests end, and idle connections go", () =>
      Effect.gen(function* () {
        const { c, closed, exchange, idle } = yield* closing(60_000)
        yield* idle.closing
        c.send("GET /health/ready HTTP/1.1\r\nhost: g\r\n\r\n")
        answer(exchange, "late")
        const text = yield* c.until(/shutting down\n$/)
        assert.include(text, "late")
        assert.match(text, /connection: close/i)
        yield* Fiber.join(closed)
      })
    )

    it.effect("interrupts what outlives the deadline", () =>
      Effect.gen(function* () {
        const { c, closed, handled } = yield* closing(500)
        yield* TestClock.adjust("499 millis")
        assert.isUndefined(closed.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* handled.ended, "interrupted")
        yield* c.closing
        yield* Fiber.join(closed)
      })
    )
  })

  it.effect("says why it cannot listen", () =>
    Effect.gen(function* () {
      const { port } = yield* GatewayServer
      const failure = yield* Effect.flip(Effect.scoped(Layer.build(serverLayer({ port }))))
      assert.strictEqual(failure._tag, "ListenFailed")
      assert.include(failure.message, "the port is in use")
    }).pipe(withServer)
  )
})

import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { GatewayServer } from "../../src/layers/node-http/GatewayServer.ts"
import { post, type RawClient, rawClient } from "../layers/node-http/rawClient.ts"
import { Captured, gatewayLayer, TOKEN } from "./harness.ts"

const auth = `authorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\n`
const chat = (model: string, more: object = {}) =>
  JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }], ...more })

const client = Effect.flatMap(GatewayServer, ({ port }) => rawClient(port))

/** The next whole answer on a connection. */
const answered = Effect.fnUntraced(function* (c: RawClient) {
  const head = yield* c.until(/\r\n\r\n/)
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
  const body = length === 0 ? "" : yield* c.until(new RegExp(`^[^]{${length}}`))
  return { head, status: Number(head.slice(9, 12)), body }
})

const traced = Effect.gen(function* () {
  const captured = yield* Captured
  const { header } = yield* captured.next
  return header
})

describe("a client that", () => {
  it.effect("errs again and again keeps its connection, and each error has a trace", () =>
    Effect.gen(function* () {
      const c = yield* client
      for (const [request, status] of [
        [post("{", auth), 400],
        [post(chat("openai/none"), auth), 404],
        [post(chat("openai/echo")), 401],
        [post(chat("openai/echo"), "authorization: Bearer x\r\n"), 401],
        [post(chat("openai/bad"), auth), 400],
        [post(chat("openai/broken"), auth), 502],
        [`OPTIONS /v1/models HTTP/1.1\r\nhost: g\r\n\r\n`, 405],
        [post("x".repeat(1_100_000), auth), 413],
        [post(chat("openai/echo"), auth), 200]
      ] as const) {
        c.send(request)
        const answer = yield* answered(c)
        assert.strictEqual(answer.status, status)
        const header = yield* traced
        assert.strictEqual(header.status, status)
        assert.include(answer.head, header.traceId)
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("writes its paths oddly is told that there is no such route", () =>
    Effect.gen(function* () {
      const c = yield* client
      for (const path of [
        "//v1/chat/completions",
        "/v1/chat/completions/",
        "/v1/chat%2fcompletions",
        "/v1/./chat/completions",
        "/__proto__",
        "/v1/chat/completions%00",
        `/${"x".repeat(20_000)}?secret=canary`,
        "http://g/v1/chat/completions"
      ]) {
        c.send(post("{}", auth, path))
        const answer = yield* answered(c)
        assert.strictEqual(answer.status, 404, path)
        const header = yield* traced
        assert.isAtMost(header.path.length, 512)
        assert.notInclude(header.path, "canary")
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("adds a query is served, and the query is not traced", () =>
    Effect.gen(function* () {
      const c = yield* client
      c.send(post(chat("openai/echo"), auth, "/v1/chat/completions?api-key=canary&x=/v1/models"))
      assert.strictEqual((yield* answered(c)).status, 200)
      assert.notInclude(JSON.stringify(yield* traced), "canary")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("tries to choose the gateway's headers, or to break them, cannot", () =>
    Effect.gen(function* () {
      const c = yield* client
      const hostile = [
        "x-request-id: mine",
        "x-trace-id: mine",
        "x-tfy-resolved-model: mine",
        "x-forwarded-for: \u00e9\u00ff, <script>, 1.2.3.4",
        "user-agent: caf\u00e9",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cookie: a=1",
        "anthropic-beta: x"
      ]
      c.send(post(chat("openai/echo"), `${auth}${hostile.join("\r\n")}\r\n`))
      const { head, status } = yield* answered(c)
      assert.strictEqual(status, 200)
      assert.notInclude(head, "mine")
      const provider = yield* FakeProvider
      const [request] = provider.requests()
      assert.strictEqual(request?.headers["cookie"], undefined)
      assert.strictEqual(request?.headers["x-forwarded-for"], undefined)
      assert.notInclude(request?.headers["traceparent"] ?? "", "b7ad6b7169203331")
      const header = yield* traced
      assert.strictEqual(header.parentSpanId, undefined, "a header that stands twice is no header")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("names a model with line ends in it gets them escaped, and no header of its own", () =>
    Effect.gen(function* () {
      const c = yield* client
      c.send(post(chat("openai/echo\r\nset-cookie: x=1\r\n\r\n"), auth))
      const { body, head, status } = yield* answered(c)
      assert.strictEqual(status, 404)
      assert.notInclude(head, "set-cookie")
      assert.include(JSON.parse(body).error.message, "\\r\\nset-cookie")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("speaks HTTP/1.0 gets its stream, and then the connection closes", () =>
    Effect.gen(function* () {
      const c = yield* client
      c.send(post(chat("openai/echo", { stream: true }), auth, "/v1/chat/completions", "1.0"))
      const text = yield* c.closing
      c.socket.end()
      assert.match(text, /\n\ndata: \[DONE\]\n\n$/)
      const header = yield* traced
      assert.strictEqual(header.protocolVersion, "1.0")
      assert.strictEqual(header.outcome, "completed")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("waits for 100-continue is told to go on", () =>
    Effect.gen(function* () {
      const c = yield* client
      const body = chat("openai/echo")
      c.send(post(body, `${auth}expect: 100-continue\r\n`).slice(0, -body.length))
      yield* c.until(/100 Continue\r\n\r\n/)
      c.send(body)
      assert.strictEqual((yield* answered(c)).status, 200)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("leaves while it sends its body is traced, and no provider is asked", () =>
    Effect.gen(function* () {
      const c = yield* client
      c.send(post(chat("openai/echo"), auth).slice(0, -10))
      yield* c.sent
      c.socket.resetAndDestroy()
      const header = yield* traced
      assert.strictEqual(header.outcome, "client_disconnected")
      assert.strictEqual(header.subject, "user:alice")
      assert.strictEqual(header.status, undefined)
      assert.deepStrictEqual(header.attempts, [])
      const provider = yield* FakeProvider
      assert.strictEqual(provider.requestCount(), 0)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("closes its half while it waits is gone: one trace, and the provider's call is ended", () =>
    Effect.gen(function* () {
      const c = yield* client
      const provider = yield* FakeProvider
      c.send(post(chat("openai/hang"), auth))
      const [request] = yield* provider.untilRequests(1)
      c.socket.end()
      assert.strictEqual((yield* traced).outcome, "client_disconnected")
      assert.strictEqual(yield* request?.ended ?? Effect.die("no request"), "closed_by_client")
      const captured = yield* Captured
      assert.strictEqual(yield* captured.left, 0)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("pipelines gets every answer in its order, and as many traces", () =>
    Effect.gen(function* () {
      const c = yield* client
      c.send(post(chat("openai/echo"), auth) + post("{", auth) + post(chat("openai/echo"), auth))
      const statuses: Array<number> = []
      for (let i = 0; i < 3; i++) {
        statuses.push((yield* answered(c)).status)
        yield* traced
      }
      assert.deepStrictEqual(statuses, [200, 400, 200])
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("sends a hundred thousand levels of brackets is served like any other", () =>
    Effect.gen(function* () {
      const c = yield* client
      const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`
      for (const model of ["openai/echo", "claude/sonnet"]) {
        c.send(post(`{"model":"${model}","messages":[{"role":"user","content":${deep}}]}`, auth))
        const { status } = yield* answered(c)
        assert.include([200, 400], status)
        assert.strictEqual((yield* traced).status, status)
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )
})

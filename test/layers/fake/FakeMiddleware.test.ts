import { Agent } from "node:http"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import { type Call, exchange } from "./httpExchange.ts"
import { encodeOfficially } from "./middleware/officialProtobuf.ts"
import { fresh, get, json, PROTO, proto, requestOf, send } from "./middlewareCalls.ts"

describe("FakeMiddleware", () => {
  it.effect("takes protobuf, gzipped protobuf and JSON, and holds the same spans of all three", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      const calls = [
        proto(requestOf(2, { trace: "a".repeat(32) })),
        {
          ...proto(requestOf(2, { trace: "b".repeat(32) }), { "content-encoding": "gzip" }),
          body: gzipSync(encodeOfficially(requestOf(2, { trace: "b".repeat(32) })))
        },
        json(requestOf(2, { trace: "c".repeat(32) }))
      ]
      const answers = yield* Effect.forEach(calls, send)
      assert.deepStrictEqual(
        answers.map((answer) => [answer.status, answer.headers["content-type"], answer.text]),
        [
          [200, PROTO, ""],
          [200, PROTO, ""],
          [200, "application/json", "{}"]
        ]
      )
      const withoutTrace = (trace: string) =>
        middleware.trace(trace).map((held) => ({ ...held, span: { ...held.span, traceId: "" } }))
      assert.strictEqual(withoutTrace("a".repeat(32)).length, 2)
      assert.deepStrictEqual(withoutTrace("b".repeat(32)), withoutTrace("a".repeat(32)))
      assert.deepStrictEqual(withoutTrace("c".repeat(32)), withoutTrace("a".repeat(32)))
      const [first, zipped] = middleware.requests()
      assert.strictEqual(first?.export?.wireBytes, first?.export?.bytes)
      assert.isBelow(zipped?.export?.wireBytes ?? 0, zipped?.export?.bytes ?? 0)
      assert.strictEqual(zipped?.headers["content-encoding"], "gzip")
    }).pipe(Effect.provide(fresh))
  )

  it.effect("lets in the raw key, in the header or in every resource, and nothing else", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      const status = (authorization: string | undefined, resource: { readonly [key: string]: string } = {}) => {
        const call = proto(requestOf(1, { resource }))
        const { authorization: _, ...headers } = call.headers ?? {}
        const all = authorization === undefined ? headers : { ...headers, authorization }
        return Effect.map(send({ ...call, headers: all }), (answer) => answer.status)
      }
      assert.strictEqual(yield* status("secret"), 200)
      assert.strictEqual(yield* status(undefined, { "mw.account_key": "secret" }), 200)
      assert.strictEqual(yield* status("Bearer secret"), 401)
      assert.strictEqual(yield* status("bearer secret"), 401)
      assert.strictEqual(yield* status("Bearer secret", { "mw.account_key": "secret" }), 401)
      assert.strictEqual(yield* status("wrong", { "mw.account_key": "secret" }), 401)
      assert.strictEqual(yield* status(undefined), 401)
      assert.strictEqual(yield* status(undefined, { "mw.account_key": "wrong" }), 401)
      const oneOfTwo = {
        resourceSpans: [
          ...requestOf(1, { resource: { "mw.account_key": "secret" } }).resourceSpans,
          ...requestOf(1).resourceSpans
        ]
      }
      const keyless = { ...proto(oneOfTwo), headers: { "content-type": PROTO } }
      assert.strictEqual((yield* send(keyless)).status, 401)
      assert.strictEqual(middleware.stats().received, 2)
      assert.strictEqual(middleware.stats().refused, 7)
    }).pipe(Effect.provide(fresh))
  )

  it.effect("refuses a wrong path, method, type, encoding and body, with a google.rpc.Status", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      const good = proto(requestOf(1))
      const root = yield* exchange(middleware.origin, good)
      assert.strictEqual(root.status, 404)
      assert.include(root.text, "appends no path")
      const doubled = yield* exchange(`${middleware.endpoint}/v1/traces`, good)
      assert.strictEqual(doubled.status, 404)
      const got = yield* send({ ...good, method: "PUT" })
      assert.deepStrictEqual([got.status, got.headers["allow"]], [405, "POST"])
      const cases: ReadonlyArray<readonly [number, Call]> = [
        [415, { ...good, headers: { ...good.headers, "content-type": "text/plain" } }],
        [415, { ...good, headers: { ...good.headers, "content-encoding": "br" } }],
        [400, { ...good, headers: { ...good.headers, "content-encoding": "gzip" } }],
        [400, { ...good, body: Uint8Array.of(0x0a, 0xff) }],
        [400, { ...json(requestOf(1)), body: "{" }]
      ]
      for (const [status, call] of cases) assert.strictEqual((yield* send(call)).status, status)
      // google.rpc.Status: field 2, a string.
      const broken = yield* send({ ...good, body: Uint8Array.of(0x0a, 0xff) })
      assert.strictEqual(broken.headers["content-type"], PROTO)
      assert.strictEqual(broken.body[0], 0x12)
      assert.include(broken.text, "ends inside a field")
      const brokenJson = yield* send({ ...json(requestOf(1)), body: "{" })
      assert.property(JSON.parse(brokenJson.text), "message")
      assert.strictEqual(middleware.stats().received, 0)
    }).pipe(Effect.provide(fresh))
  )

  it.effect("refuses bodies over the limit, before and after decompression", () =>
    Effect.gen(function* () {
      const big = requestOf(1, { resource: { filler: "x".repeat(5000) } })
      assert.strictEqual((yield* send(proto(big))).status, 413)
      const zipped = gzipSync(encodeOfficially(big))
      assert.isBelow(zipped.length, 1000)
      const call = proto(big, { "content-encoding": "gzip" })
      assert.strictEqual((yield* send({ ...call, body: zipped })).status, 413)
      assert.strictEqual((yield* send(proto(requestOf(1)))).status, 200)
    }).pipe(Effect.provide(FakeMiddleware.layer({ key: "secret", maxBodyBytes: 1000 })))
  )

  it.effect("wakes those who wait for spans and for a trace", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      const spans = yield* Effect.forkChild(middleware.untilSpans(5))
      const trace = yield* Effect.forkChild(middleware.untilTrace("c".repeat(32), 2))
      yield* send(proto(requestOf(3)))
      assert.isUndefined(spans.pollUnsafe())
      yield* send(proto(requestOf(2, { trace: "c".repeat(32) })))
      assert.strictEqual((yield* Fiber.join(spans)).length, 5)
      assert.strictEqual((yield* Fiber.join(trace)).length, 2)
    }).pipe(Effect.provide(fresh))
  )

  it.effect("keeps payloads to be searched, the refused by the script too, up to its bound", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      middleware.script([{ status: 503 }])
      const zipped = gzipSync(encodeOfficially(requestOf(1)))
      yield* send({ ...proto(requestOf(1), { "content-encoding": "gzip" }), body: zipped })
      assert.isTrue(middleware.payloads().some((payload) => Buffer.from(payload).includes("canary-α")))
      for (let i = 0; i < 20; i++) yield* send(proto(requestOf(1)))
      const kept = middleware.payloads().reduce((sum, payload) => sum + payload.length, 0)
      assert.isAtMost(kept, 500)
      assert.isAbove(kept, 300)
    }).pipe(Effect.provide(FakeMiddleware.layer({ key: "secret", maxPayloadBytes: 500 })))
  )

  it.effect("tells the connections apart", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      yield* Effect.addFinalizer(() => Effect.sync(() => agent.destroy()))
      for (let i = 0; i < 3; i++) yield* send({ ...proto(requestOf(1)), agent })
      yield* send(proto(requestOf(1)))
      assert.deepStrictEqual(
        middleware.requests().map((request) => request.connection),
        [1, 1, 1, 2]
      )
      assert.strictEqual(middleware.stats().connections, 2)
    }).pipe(Effect.provide(fresh))
  )

  it.effect("answers queries", () =>
    Effect.gen(function* () {
      yield* send(proto(requestOf(2, { trace: "a".repeat(32) })))
      yield* send(proto(requestOf(1, { trace: "b".repeat(32) })))
      const list = JSON.parse((yield* get("/api/traces?limit=1")).text)
      assert.deepStrictEqual(list.traces, [
        {
          traceId: "b".repeat(32),
          name: "span 0",
          service: "gateway",
          startTimeUnixNano: "1700000000000000000",
          durationMs: 5,
          spans: 1,
          errors: 0,
          services: ["gateway"]
        }
      ])
      const trace = JSON.parse((yield* get(`/api/traces/${"a".repeat(32)}`)).text)
      assert.strictEqual(trace.errors, 1)
      assert.strictEqual(trace.spans[1].status.code, "ERROR")
      assert.deepStrictEqual(trace.spans[0].attributes, { note: "canary-α" })
      assert.strictEqual(trace.spans[0].kind, "SERVER")
      const map = JSON.parse((yield* get("/api/service-map")).text)
      assert.deepStrictEqual([map.edges[0].client, map.edges[0].server, map.edges[0].requests], ["user", "gateway", 3])
      const services = JSON.parse((yield* get("/api/services")).text)
      assert.strictEqual(services.services[0].latency.p95Ms, 5)
      assert.strictEqual(JSON.parse((yield* get("/api/stats")).text).held, 3)
      assert.strictEqual((yield* get("/api/traces/none")).status, 404)
      assert.strictEqual((yield* get("/api/traces", "DELETE")).status, 204)
      assert.deepStrictEqual(JSON.parse((yield* get("/api/traces")).text), { traces: [] })
      assert.strictEqual((yield* get("/api/traces", "POST")).status, 405)
    }).pipe(Effect.provide(fresh))
  )

  it.effect("serves its page, which may run no script but its own", () =>
    Effect.gen(function* () {
      const page = yield* get("/")
      assert.strictEqual(page.headers["content-type"], "text/html; charset=utf-8")
      assert.include(String(page.headers["content-security-policy"]), "script-src 'self'")
      for (const [, path] of page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
        assert.strictEqual((yield* get(path ?? "")).status, 200)
      }
      assert.notInclude((yield* get("/page.js")).text, "innerHTML")
    }).pipe(Effect.provide(fresh))
  )

  it.effect("fails with the address when the port is taken, and gives it back when closed", () =>
    Effect.gen(function* () {
      const port = yield* Effect.gen(function* () {
        const { origin } = yield* FakeMiddleware
        const taken = Number(new URL(origin).port)
        const error = yield* Effect.flip(Effect.provide(FakeMiddleware, FakeMiddleware.layer({ port: taken })))
        assert.deepStrictEqual([error._tag, error.port], ["ListenFailed", taken])
        return taken
      }).pipe(Effect.provide(fresh))
      yield* Effect.provide(FakeMiddleware, FakeMiddleware.layer({ port }))
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import type { Destination } from "../../src/services/config/CompiledConfig.ts"
import { retrySender } from "../../src/services/export/retrySender.ts"
import { deliveringSink, type Open } from "./delivery/deliveringSink.ts"
import { otlpDeliveryTls } from "./delivery/otlpDeliveryTls.ts"
import { tcpServer } from "./delivery/servers.ts"
import { redirecting, type Transport } from "./delivery/Transport.ts"
import { agrees, type Verdict, verdictOf } from "./delivery/Verdict.ts"

/** A sink that is known to differ names the row, what it comes to instead, and the difference. */
export interface Exceptions {
  readonly [row: string]: { readonly verdict: Verdict; readonly difference: string }
}

/** A Middleware of the test's own, with both transports. */
const fresh = Effect.provide(FakeMiddleware.layer({ grpcPort: 0 }), { local: true })

/**
 * Delivery over OTLP on real connections, row by row, the same for every transport. A row that is excepted and has come
 * to agree fails, so that the list of differences stays true.
 */
export const otlpDelivery = (sinkName: string, open: Open, transport: Transport, exceptions: Exceptions = {}) => {
  const openSink = (endpoint: string, rest: Partial<Destination> = {}) =>
    deliveringSink(open, endpoint, { ...transport.entry, ...rest })

  const assertVerdict = (name: string, found: Verdict, verdict: Verdict) => {
    const exception = exceptions[name]
    const expected = exception?.verdict ?? verdict
    assert.isTrue(agrees(found, expected), `${JSON.stringify(found)} is not ${JSON.stringify(expected)}`)
    if (exception !== undefined) assert.isFalse(agrees(found, verdict), "no difference any more")
  }
  const titleOf = (name: string) => {
    const exception = exceptions[name]
    return exception === undefined ? name : `${name} (differs: ${exception.difference})`
  }

  describe(`OTLP delivery: ${sinkName}`, () => {
    describe.concurrent("answers", () => {
      for (const { answer, name, verdict } of transport.rows) {
        it.live(titleOf(name), () =>
          Effect.gen(function* () {
            const middleware = yield* FakeMiddleware
            middleware.always(answer())
            const sink = yield* openSink(transport.endpointOf(middleware))
            assertVerdict(name, verdictOf(yield* Effect.result(sink.send(1))), verdict)
            assert.isFalse(
              middleware.requests().some((request) => request.path === "/stolen"),
              "redirect followed"
            )
          }).pipe(Effect.scoped, fresh)
        )
      }
    })

    describe.concurrent("broken servers", () => {
      for (const { name, server, verdict } of transport.broken) {
        it.live(titleOf(name), () =>
          Effect.gen(function* () {
            const sink = yield* openSink(transport.endpointAt(yield* server))
            assertVerdict(name, verdictOf(yield* Effect.result(sink.send(1))), verdict)
          }).pipe(Effect.scoped)
        )
      }
    })

    it.live("a redirect to another server never brings it the key, nor the spans", () =>
      Effect.gen(function* () {
        const thief = yield* FakeMiddleware
        const server = yield* redirecting(transport, transport.endpointOf(thief))
        const sink = yield* openSink(transport.endpointAt(server))
        const failure = yield* Effect.flip(sink.send(1))
        assert.deepStrictEqual(verdictOf(Result.fail(failure)), { drop: "redirect", fault: "misconfigured" })
        assert.strictEqual(thief.stats().connections, 0)
      }).pipe(Effect.scoped, fresh)
    )

    if (transport.entry.protocol === "http") {
      it.live("a server that refuses a body it has not read is heard", () =>
        Effect.gen(function* () {
          const server = yield* tcpServer((socket) => {
            socket.resume()
            socket.write("HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            setTimeout(() => socket.end(), 100)
          })
          const sink = yield* openSink(transport.endpointAt(server))
          const failure = yield* Effect.flip(sink.sendMany(1, 5000))
          assert.deepStrictEqual(verdictOf(Result.fail(failure)), { drop: "http_413" })
        }).pipe(Effect.scoped)
      )
    }

    it.live("a refused connection may be tried again", () =>
      Effect.gen(function* () {
        const closed = yield* Effect.scoped(fresh(Effect.map(FakeMiddleware, transport.endpointOf)))
        const sink = yield* openSink(closed)
        assert.deepStrictEqual(verdictOf(yield* Effect.result(sink.send(1))), { retry: "connection_refused" })
      }).pipe(Effect.scoped)
    )

    it.live("the request is as configured, and asks for nothing else", () =>
      Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        const sink = yield* openSink(transport.endpointOf(middleware), {
          headers: { Authorization: Redacted.make("demo-key"), "X-Trace-Source": Redacted.make("spangate") }
        })
        yield* sink.send(1)
        const request = middleware.requests()[0] ?? assert.fail("nothing came")
        assert.isTrue(transport.isAsConfigured(request), JSON.stringify(request.headers))
        assert.strictEqual(request.headers.authorization, "demo-key")
        assert.strictEqual(request.headers["x-trace-source"], "spangate")
        assert.match(request.headers["user-agent"] ?? "", /^spangate\/1\.2\.3/)
        assert.isUndefined(request.headers[transport.compressed[0]])
        assert.notProperty(request.headers, "traceparent")
        assert.deepStrictEqual(request.export?.unknownFields, [])
        assert.strictEqual(middleware.spans().length, 4)
      }).pipe(Effect.scoped, fresh)
    )

    it.live("gzip when asked, one connection for all, the same bytes again", () =>
      Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        const sink = yield* openSink(transport.endpointOf(middleware), { compression: "gzip" })
        const attempt = yield* sink.prepare(1)
        for (let i = 0; i < 3; i++) yield* attempt
        const [header, value] = transport.compressed
        assert.deepStrictEqual(
          middleware.requests().map((request) => [request.headers[header], request.connection]),
          new Array(3).fill([value, 1])
        )
        for (const { export: received } of middleware.requests()) {
          assert.isBelow(received?.wireBytes ?? 0, received?.bytes ?? 0)
        }
        const [first, ...others] = middleware.payloads().map((payload) => Buffer.from(payload).toString("base64"))
        assert.deepStrictEqual(others, [first ?? "", first ?? ""])
      }).pipe(Effect.scoped, fresh)
    )

    it.live("a batch as large as the default allows", () =>
      Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        const entry = { ...transport.entry, timeoutMs: 20_000 }
        const sink = yield* deliveringSink(open, transport.endpointOf(middleware), entry, 20_000)
        yield* sink.sendMany(1, 1300)
        assert.isAbove(middleware.requests()[0]?.export?.bytes ?? 0, 3 * 1024 * 1024)
        assert.strictEqual(middleware.stats().received, 5200)
      }).pipe(Effect.scoped, fresh)
    )

    it.live("unavailable, then not: delivered once, after a pause", () =>
      Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        middleware.script([{ status: 503 }])
        const sink = yield* openSink(transport.endpointOf(middleware))
        const delays: Array<number> = []
        const attempt = yield* sink.prepare(1)
        yield* retrySender(attempt, (_, delayMs) => Effect.sync(() => delays.push(delayMs)))
        assert.strictEqual(middleware.spans().length, 4)
        assert.isTrue(delays.length === 1 && delays[0]! >= 800)
      }).pipe(Effect.scoped, fresh)
    )

    it.live("a wrong key is heard of, and not quoted", () =>
      Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        const headers = { authorization: Redacted.make("another-key") }
        const sink = yield* openSink(transport.endpointOf(middleware), { headers })
        const failure = yield* Effect.flip(sink.send(1))
        assert.propertyVal(failure, "fault", "unauthorized")
        assert.notInclude(JSON.stringify(failure), "another-key")
      }).pipe(Effect.scoped, fresh)
    )

    it.live("a server that quotes the key does not get it into our words", () =>
      Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        const sink = yield* openSink(transport.endpointOf(middleware))
        const message = "key demo-key is unknown"
        middleware.script([
          {
            status: 400,
            body: message,
            headers: { "content-type": "text/plain" },
            grpc: { code: "INVALID_ARGUMENT", message }
          },
          { partialSuccess: { rejectedSpans: 1, errorMessage: "demo-key over its quota" } }
        ])
        const failure = yield* Effect.flip(sink.send(1))
        assert.strictEqual(failure.message, "key [redacted] is unknown")
        const answer = yield* sink.send(1)
        assert.notInclude(JSON.stringify(answer), "demo-key")
      }).pipe(Effect.scoped, fresh)
    )

    it.live("closing does not wait for an answer", () =>
      Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        middleware.always({ hang: true })
        const scope = yield* Scope.make()
        const sink = yield* Scope.provide(openSink(transport.endpointOf(middleware)), scope)
        const sending = yield* Effect.forkChild(sink.send(1))
        const [request] = yield* middleware.untilRequests(1)
        yield* Fiber.interrupt(sending)
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(yield* request?.answered ?? Effect.succeed(true), false)
      }).pipe(fresh)
    )

    otlpDeliveryTls(open, transport)
  })
}

import { createServer, type Server, type Socket } from "node:net"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { resourceFromAttributes } from "@opentelemetry/resources"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import type { ScriptedAnswer } from "../../src/layers/fake/middleware/ScriptedAnswer.ts"
import type { Destination } from "../../src/services/config/CompiledConfig.ts"
import { retrySender } from "../../src/services/export/retrySender.ts"
import {
  type Accepted,
  type Attempt,
  type EncodedSpans,
  Retryable,
  type TraceSink
} from "../../src/services/export/TraceSink.ts"
import { timeoutSender } from "../../src/services/export/timeoutSender.ts"
import { expand } from "../../src/services/trace/expand.ts"
import { destination } from "../services/export/harness.ts"
import { traceEvent } from "../services/export/traceEvents.ts"

type Verdict =
  | { readonly accepted: Accepted }
  | { readonly retry: string; readonly afterMs?: number }
  | { readonly drop: string; readonly fault?: "unauthorized" | "misconfigured" }

type Open = (
  destination: Destination,
  resource: ReturnType<typeof resourceFromAttributes>,
  scope: { readonly name: string; readonly version: string }
) => ReturnType<typeof Effect.succeed<TraceSink>> | Effect.Effect<TraceSink, unknown, Scope.Scope>

interface Row {
  readonly name: string
  readonly answer: ScriptedAnswer
  readonly verdict: Verdict
}

/** What the sink itself is told, where it knows timeouts; short, so that the SDK's own retries end at once. */
const TIMEOUT_MS = 500
/** What the sender allows, long enough for a busy machine. */
const PATIENCE_MS = 1200
const MEGABYTE = 1024 * 1024
const WARNING = "…"

const row = (name: string, answer: ScriptedAnswer, verdict: Verdict): Row => ({ name, answer, verdict })
const inFuture = (ms: number) => new Date(Date.now() + ms).toUTCString()

/** What an answer must come to, for every sink. `…` is a message of our own wording. */
const ROWS: ReadonlyArray<Row> = [
  row("200", {}, { accepted: { rejectedSpans: 0 } }),
  row("202", { status: 202 }, { accepted: { rejectedSpans: 0 } }),
  row(
    "partial success",
    { partialSuccess: { rejectedSpans: 3, errorMessage: "too old" } },
    { accepted: { rejectedSpans: 3, message: "too old" } }
  ),
  row(
    "a warning",
    { partialSuccess: { rejectedSpans: 0, errorMessage: "soon" } },
    { accepted: { rejectedSpans: 0, message: "soon" } }
  ),
  row("an undecodable body", { body: "\xff\xff not protobuf" }, { accepted: { rejectedSpans: 0, message: WARNING } }),
  row(
    "a wrong content type",
    { body: "<html>ok</html>", headers: { "content-type": "text/html" } },
    { accepted: { rejectedSpans: 0, message: WARNING } }
  ),
  row("an answer over 4 MiB", { body: "x".repeat(4 * MEGABYTE + 1) }, { drop: "response_too_large" }),
  row(
    "an answer over 4 MiB once decompressed",
    { body: gzipSync(Buffer.alloc(5 * MEGABYTE)), headers: { "content-encoding": "gzip" } },
    { drop: "response_too_large" }
  ),
  row("302", { status: 302, headers: { location: "/stolen" } }, { drop: "redirect", fault: "misconfigured" }),
  row("307", { status: 307, headers: { location: "/stolen" } }, { drop: "redirect", fault: "misconfigured" }),
  ...[400, 408, 413, 422, 500, 501].map((status) => row(`${status}`, { status }, { drop: `http_${status}` })),
  ...[401, 403].map((status) => row(`${status}`, { status }, { drop: `http_${status}`, fault: "unauthorized" })),
  ...[404, 405, 415].map((status) => row(`${status}`, { status }, { drop: `http_${status}`, fault: "misconfigured" })),
  ...[429, 502, 503, 504].map((status) => row(`${status}`, { status }, { retry: `http_${status}` })),
  row("503 for 7 s", { status: 503, headers: { "retry-after": "7" } }, { retry: "http_503", afterMs: 7000 }),
  row(
    "429 for an hour",
    { status: 429, headers: { "retry-after": "3600" } },
    { retry: "http_429", afterMs: 3_600_000 }
  ),
  row("503 for 0 s", { status: 503, headers: { "retry-after": "0" } }, { retry: "http_503" }),
  row("503 until the past", { status: 503, headers: { "retry-after": inFuture(-60_000) } }, { retry: "http_503" }),
  row("503 for garbage", { status: 503, headers: { "retry-after": "soon" } }, { retry: "http_503" }),
  row("a reset before the head", { reset: "before-head" }, { retry: "connection_reset" }),
  row("no answer", { hang: true }, { retry: "timeout" }),
  row(
    "a 200 that drips",
    { dripMs: 20, partialSuccess: { rejectedSpans: 0, errorMessage: "x".repeat(200) } },
    { retry: "timeout" }
  ),
  row("an error page over 4 MiB", { status: 400, body: "x".repeat(5 * MEGABYTE) }, { drop: "http_400" })
]

const verdictOf = (result: Result.Result<Accepted, Effect.Error<Attempt>>): Verdict => {
  if (Result.isSuccess(result)) {
    const { message, rejectedSpans } = result.success
    return { accepted: message === undefined ? { rejectedSpans } : { rejectedSpans, message } }
  }
  const { failure } = result
  if (failure instanceof Retryable) {
    return { retry: failure.reason, ...(failure.retryAfterMs === undefined ? {} : { afterMs: failure.retryAfterMs }) }
  }
  return { drop: failure.reason, ...(failure.fault === undefined ? {} : { fault: failure.fault }) }
}

const agrees = (found: Verdict, expected: Verdict): boolean => {
  if (!("accepted" in expected) || expected.accepted.message !== WARNING) {
    return JSON.stringify(found) === JSON.stringify(expected)
  }
  return "accepted" in found && found.accepted.rejectedSpans === 0 && (found.accepted.message ?? "") !== ""
}

/**
 * Delivery over OTLP/HTTP on a real server, row by row. A sink that is known to differ names the row, what it comes to
 * instead, and the difference; a row that has come to agree fails, so that the list stays true.
 */
export const otlpDelivery = (
  sinkName: string,
  open: Open,
  exceptions: { readonly [row: string]: { readonly verdict: Verdict; readonly difference: string } } = {}
) => {
  const openSink = Effect.fnUntraced(function* (endpoint: string, rest: Partial<Destination> = {}) {
    const to = destination("middleware", {
      endpoint,
      headers: { Authorization: Redacted.make("demo-key") },
      timeoutMs: TIMEOUT_MS,
      ...rest
    })
    const sink = yield* open(to, resourceFromAttributes({ "service.name": "contract" }), {
      name: "spangate",
      version: "1.2.3"
    })
    const prepare = (index: number, times = 1) => {
      const spans = expand(traceEvent(index), sink.resource, sink.scope)
      const bytes = sink.encode(spans)
      const parts = new Array<EncodedSpans>(times).fill({ spans, bytes })
      const batch = { parts, spanCount: times * spans.length, byteLength: times * bytes.byteLength }
      return Effect.map(sink.prepare(batch), (attempt) => timeoutSender(attempt, PATIENCE_MS))
    }
    return {
      prepare,
      send: (index: number) => Effect.flatten(prepare(index)),
      sendMany: (index: number, times: number) => Effect.flatten(prepare(index, times))
    }
  })

  describe(`OTLP delivery: ${sinkName}`, () => {
    describe.concurrent("answers", () => {
      for (const { answer, name, verdict } of ROWS) {
        const exception = exceptions[name]
        it.live(exception === undefined ? name : `${name} (differs: ${exception.difference})`, () =>
          Effect.gen(function* () {
            const middleware = yield* FakeMiddleware
            middleware.always(answer)
            const sink = yield* openSink(middleware.endpoint)
            const found = verdictOf(yield* Effect.result(sink.send(1)))
            const expected = exception?.verdict ?? verdict
            assert.isTrue(agrees(found, expected), `${JSON.stringify(found)} is not ${JSON.stringify(expected)}`)
            if (exception !== undefined) assert.isFalse(agrees(found, verdict), "no difference any more")
            assert.isFalse(
              middleware.requests().some((request) => request.path === "/stolen"),
              "redirect followed"
            )
          }).pipe(Effect.scoped, Effect.provide(FakeMiddleware.layer(), { local: true }))
        )
      }
    })

    // Reset only once the head has had time to be read: a reset also takes what the client has not read yet.
    const broken: ReadonlyArray<readonly [string, number, (socket: Socket) => void, Verdict]> = [
      ["a reset in the body of a 200", 200, (socket) => socket.resetAndDestroy(), { retry: "connection_reset" }],
      ["a 200 whose body ends early", 200, (socket) => socket.end(), { retry: "connection_reset" }],
      ["a reset in the body of a 400", 400, (socket) => socket.resetAndDestroy(), { drop: "http_400" }],
      ["a 400 whose body ends early", 400, (socket) => socket.end(), { drop: "http_400" }]
    ]
    for (const [name, status, breakOff, verdict] of broken) {
      const exception = exceptions[name]
      it.live(exception === undefined ? name : `${name} (differs: ${exception.difference})`, () =>
        Effect.gen(function* () {
          const head = `HTTP/1.1 ${status} Whatever\r\ncontent-type: application/x-protobuf\r\ncontent-length: 20\r\n\r\n`
          const sink = yield* openSink(
            yield* rawServer((socket) => {
              socket.write(`${head}\n\x05`)
              setTimeout(() => breakOff(socket), 100)
            })
          )
          const found = verdictOf(yield* Effect.result(sink.send(1)))
          assert.deepStrictEqual(found, exception?.verdict ?? verdict)
        }).pipe(Effect.scoped)
      )
    }

    it.live("a server that refuses a body it has not read is heard", () =>
      Effect.gen(function* () {
        const sink = yield* openSink(
          yield* rawServer((socket) => {
            socket.resume()
            socket.write("HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            setTimeout(() => socket.end(), 100)
          })
        )
        const failure = yield* Effect.flip(sink.sendMany(1, 5000))
        assert.deepStrictEqual(verdictOf(Result.fail(failure)), { drop: "http_413" })
      }).pipe(Effect.scoped)
    )

    it.live("a refused connection may be tried again", () =>
      Effect.gen(function* () {
        const closed = yield* Effect.scoped(
          Effect.provide(
            Effect.map(FakeMiddleware, ({ endpoint }) => endpoint),
            FakeMiddleware.layer(),
            { local: true }
          )
        )
        const sink = yield* openSink(closed)
        assert.deepStrictEqual(verdictOf(yield* Effect.result(sink.send(1))), { retry: "connection_refused" })
      }).pipe(Effect.scoped)
    )

    it.live("interim answers are not the answer", () =>
      Effect.gen(function* () {
        const server = yield* rawServer((socket) =>
          socket.end("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        )
        const sink = yield* openSink(server)
        assert.deepStrictEqual(verdictOf(yield* Effect.result(sink.send(1))), { accepted: { rejectedSpans: 0 } })
      }).pipe(Effect.scoped)
    )

    it.live("what is no HTTP may be tried again", () =>
      Effect.gen(function* () {
        const sink = yield* openSink(yield* rawServer((socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n")))
        assert.property(verdictOf(yield* Effect.result(sink.send(1))), "retry")
      }).pipe(Effect.scoped)
    )

    it.live("the request is as configured, and asks for nothing else", () =>
      Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        const sink = yield* openSink(`${middleware.endpoint}?tenant=a%20b`, {
          headers: { Authorization: Redacted.make("demo-key"), "X-Trace-Source": Redacted.make("spangate") }
        })
        yield* sink.send(1)
        const [request] = middleware.requests()
        assert.strictEqual(request?.method, "POST")
        assert.strictEqual(request?.path, "/v1/traces?tenant=a%20b")
        assert.strictEqual(request?.headers["content-type"], "application/x-protobuf")
        assert.strictEqual(request?.headers.authorization, "demo-key")
        assert.strictEqual(request?.headers["x-trace-source"], "spangate")
        assert.match(request?.headers["user-agent"] ?? "", /^spangate\/1\.2\.3/)
        assert.isUndefined(request?.headers["content-encoding"])
        assert.notProperty(request?.headers, "traceparent")
        assert.deepStrictEqual(request?.export?.unknownFields, [])
        assert.strictEqual(middleware.spans().length, 4)
      }).pipe(Effect.scoped, Effect.provide(FakeMiddleware.layer(), { local: true }))
    )

    it.live("gzip when asked, one connection for all, the same bytes again", () =>
      Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        const sink = yield* openSink(middleware.endpoint, { compression: "gzip" })
        const attempt = yield* sink.prepare(1)
        for (let i = 0; i < 3; i++) yield* attempt
        const requests = middleware.requests()
        assert.deepStrictEqual(
          requests.map((request) => [request.headers["content-encoding"], request.connection]),
          new Array(3).fill(["gzip", 1])
        )
        const [first, ...others] = middleware.payloads().map((payload) => Buffer.from(payload).toString("base64"))
        assert.deepStrictEqual(others, [first ?? "", first ?? ""])
      }).pipe(Effect.scoped, Effect.provide(FakeMiddleware.layer(), { local: true }))
    )

    it.live("a 503, then a 200: delivered once, after a pause", () =>
      Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        middleware.script([{ status: 503 }])
        const sink = yield* openSink(middleware.endpoint)
        const delays: Array<number> = []
        const attempt = yield* sink.prepare(1)
        yield* retrySender(attempt, (_, delayMs) => Effect.sync(() => delays.push(delayMs)))
        assert.strictEqual(middleware.spans().length, 4)
        assert.isTrue(delays.length === 1 && delays[0]! >= 800)
      }).pipe(Effect.scoped, Effect.provide(FakeMiddleware.layer(), { local: true }))
    )

    it.live("a server that quotes the key does not get it into our words", () =>
      Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        const sink = yield* openSink(middleware.endpoint, { headers: { Authorization: Redacted.make("demo-key") } })
        middleware.script([
          { status: 400, body: "key demo-key is unknown", headers: { "content-type": "text/plain" } },
          { partialSuccess: { rejectedSpans: 1, errorMessage: "demo-key over its quota" } }
        ])
        const failure = yield* Effect.flip(sink.send(1))
        assert.strictEqual(failure.message, "key [redacted] is unknown")
        const answer = yield* sink.send(1)
        assert.notInclude(JSON.stringify(answer), "demo-key")
      }).pipe(Effect.scoped, Effect.provide(FakeMiddleware.layer(), { local: true }))
    )

    it.live("closing does not wait for an answer", () =>
      Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        middleware.always({ hang: true })
        const scope = yield* Scope.make()
        const sink = yield* Scope.provide(openSink(middleware.endpoint), scope)
        const sending = yield* Effect.forkChild(sink.send(1))
        const [request] = yield* middleware.untilRequests(1)
        yield* Fiber.interrupt(sending)
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(yield* request?.answered ?? Effect.succeed(true), false)
      }).pipe(Effect.provide(FakeMiddleware.layer(), { local: true }))
    )
  })
}

/** Answers the first bytes of each connection. */
export const rawServer = (
  answer: (socket: Socket, bytes: Buffer | string) => unknown
): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<Server>((resume) => {
        const server = createServer((socket) => {
          socket.on("error", () => {})
          socket.once("data", (bytes) => answer(socket, bytes))
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    ),
    (server) => {
      const address = server.address()
      return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/v1/traces`
    }
  )

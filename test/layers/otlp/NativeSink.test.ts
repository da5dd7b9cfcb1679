import { createServer } from "node:https"
import { connect } from "node:net"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { resourceFromAttributes } from "@opentelemetry/resources"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import { openNativeSink } from "../../../src/layers/otlp/NativeSink.ts"
import type { Destination } from "../../../src/services/config/CompiledConfig.ts"
import { timeoutSender } from "../../../src/services/export/timeoutSender.ts"
import { expand } from "../../../src/services/trace/expand.ts"
import { pem, tcpServer } from "../../contracts/delivery/servers.ts"
import { httpProto } from "../../contracts/delivery/Transport.ts"
import { otlpDelivery } from "../../contracts/otlpDelivery.ts"
import { destination } from "../../services/export/harness.ts"
import { traceEvent } from "../../services/export/traceEvents.ts"

otlpDelivery("native, http/proto", openNativeSink, httpProto)

const open = (rest: Partial<Destination>) =>
  openNativeSink(destination("middleware", rest), resourceFromAttributes({ "service.name": "native" }), {
    name: "spangate",
    version: "1.2.3"
  })

const send = Effect.fnUntraced(
  function* (rest: Partial<Destination>) {
    const sink = yield* open(rest)
    const spans = expand(traceEvent(1), sink.resource, sink.scope)
    const bytes = sink.encode(spans)
    const batch = {
      parts: [{ spanCount: spans.length, bytes, spans: () => spans }],
      spanCount: spans.length,
      byteLength: bytes.byteLength
    }
    return yield* Effect.flatten(sink.prepare(batch))
  },
  Effect.catchTag("SinkMisconfigured", Effect.die)
)

const tlsServer = (onRequest: () => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<ReturnType<typeof createServer>>((resume) => {
        const server = createServer({ key: pem("key"), cert: pem("certificate") }, (request, response) => {
          onRequest()
          request.resume().on("end", () => response.end())
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.sync(() => {
          server.close()
          server.closeAllConnections()
        })
    ),
    (server) => {
      const address = server.address()
      return typeof address === "object" ? (address?.port ?? 0) : 0
    }
  )

describe("a connection that takes its time", () => {
  it.live("does not send later what was given up while it was made", () =>
    Effect.gen(function* () {
      let requests = 0
      const port = yield* tlsServer(() => requests++)
      const server = yield* tcpServer((socket, hello) => {
        setTimeout(() => {
          const onward = connect(port, "127.0.0.1")
          onward.on("error", () => {})
          onward.write(hello)
          socket.pipe(onward).pipe(socket)
        }, 300)
      })
      const sink = yield* open({ endpoint: `https://${server}/v1/traces`, ca: pem("certificate") })
      const spans = expand(traceEvent(1), sink.resource, sink.scope)
      const bytes = sink.encode(spans)
      const parts = [{ spanCount: spans.length, bytes, spans: () => spans }]
      const attempt = yield* sink.prepare({ parts, spanCount: spans.length, byteLength: bytes.byteLength })
      const failure = yield* Effect.flip(timeoutSender(attempt, 100))
      assert.deepStrictEqual([failure._tag, failure.reason], ["Retryable", "timeout"])
      assert.deepStrictEqual(yield* timeoutSender(attempt, 5000), { rejectedSpans: 0 })
      assert.strictEqual(requests, 1)
    }).pipe(Effect.scoped)
  )

  it.live("is given up after the time of a send", () =>
    Effect.gen(function* () {
      const server = yield* tcpServer(() => {})
      const failure = yield* Effect.flip(send({ endpoint: `https://${server}/v1/traces`, timeoutMs: 200 }))
      assert.deepStrictEqual([failure._tag, failure.reason], ["Retryable", "timeout"])
    }).pipe(Effect.scoped)
  )
})

describe("the request", () => {
  it.live("has its length, and headers that the configuration cannot bend", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      yield* send({
        endpoint: middleware.endpoint,
        headers: {
          Authorization: Redacted.make("demo-key"),
          "Content-Type": Redacted.make("text/plain"),
          "content-length": Redacted.make("1"),
          "Transfer-Encoding": Redacted.make("chunked")
        }
      })
      const [request] = middleware.requests()
      assert.strictEqual(request?.headers["content-length"], String(request?.export?.wireBytes))
      assert.strictEqual(request?.headers["content-type"], "application/x-protobuf")
      assert.notProperty(request?.headers, "transfer-encoding")
    }).pipe(Effect.scoped, Effect.provide(FakeMiddleware.layer(), { local: true }))
  )

  it.live.each(["proto", "json"] as const)("weighs no more in %s than its spans and the envelope", (encoding) =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      const headers = { Authorization: Redacted.make("demo-key") }
      const sink = yield* open({ endpoint: middleware.endpoint, headers, encoding })
      const spans = expand(traceEvent(1), sink.resource, sink.scope)
      const bytes = sink.encode(spans)
      const parts = new Array(500).fill({ spans, bytes })
      yield* Effect.flatten(sink.prepare({ parts, spanCount: 500 * spans.length, byteLength: 500 * bytes.byteLength }))
      const sent = middleware.requests()[0]?.export?.bytes ?? 0
      const promised = 500 * bytes.byteLength + sink.envelopeBytes
      assert.isTrue(sent <= promised && sent > promised - 16, `${sent} of ${promised}`)
    }).pipe(Effect.scoped, Effect.provide(FakeMiddleware.layer(), { local: true }))
  )

  it.live("an error that drips is judged by its status within a second or so", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      middleware.always({ status: 400, dripMs: 100, body: "x".repeat(100), headers: { "content-type": "text/plain" } })
      const failure = yield* Effect.flip(
        send({ endpoint: middleware.endpoint, headers: { Authorization: Redacted.make("demo-key") } })
      )
      assert.strictEqual(failure.reason, "http_400")
      assert.match(failure.message, /^x{2,30}$/, "with the words that came in time")
    }).pipe(Effect.scoped, Effect.provide(FakeMiddleware.layer(), { local: true }))
  )
})

describe("an error's words", () => {
  const refusal = (coding: string, body: Buffer) =>
    Effect.gen(function* () {
      const server = yield* tcpServer((socket) => {
        const head = `HTTP/1.1 400 Bad\r\ncontent-type: application/json\r\ncontent-encoding: ${coding}\r\n`
        socket.write(`${head}content-length: ${body.length}\r\n\r\n`)
        socket.end(body)
      })
      const headers = { Authorization: Redacted.make("demo/key+1") }
      return yield* Effect.flip(send({ endpoint: `http://${server}/v1/traces`, headers }))
    }).pipe(Effect.scoped)
  const words = Buffer.from(String.raw`{"error":"no demo\/key\u002b1"}`)

  it.live("are read through their coding, and have no key in any of its spellings", () =>
    Effect.gen(function* () {
      const failure = yield* refusal("gzip", gzipSync(words))
      assert.deepStrictEqual([failure.reason, failure.message], ["http_400", '{"error":"no [redacted]"}'])
    })
  )

  it.live.each([
    ["br", words],
    ["gzip", words],
    ["gzip", gzipSync(Buffer.alloc(5 * 1024 * 1024))]
  ] as const)("are none where they cannot be decoded: %s", ([coding, body]) =>
    Effect.gen(function* () {
      const failure = yield* refusal(coding, body)
      assert.deepStrictEqual([failure.reason, failure.message], ["http_400", ""])
    })
  )
})

describe("undici", () => {
  it.live("takes an unasked 100 Continue for a broken answer: nothing gets through, and nothing is lost", () =>
    Effect.gen(function* () {
      const server = yield* tcpServer((socket) =>
        socket.end("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
      )
      assert.strictEqual((yield* Effect.flip(send({ endpoint: `http://${server}/v1/traces` })))._tag, "Retryable")
    }).pipe(Effect.scoped)
  )
})

describe("an entry that cannot work", () => {
  const rows: ReadonlyArray<readonly [string, Partial<Destination>, string]> = [
    ["an endpoint that is no URL", { endpoint: "middleware.io" }, "endpoint is not valid"],
    ["another protocol", { endpoint: "grpc://middleware.io:443" }, 'endpoint\'s protocol "grpc:" is not http or https'],
    ["a header name with a space", { headers: { "X Key": Redacted.make("a") } }, 'header name "X Key" is not valid'],
    [
      "a header value with a line break",
      { headers: { Authorization: Redacted.make("secret\r\nX-Evil: 1") } },
      'value of header "Authorization" is not valid'
    ],
    ["a certificate authority that is no PEM", { ca: "nonsense" }, "ca is not valid"],
    [
      "a client certificate without its key",
      { clientCertificate: pem("client") },
      "clientCertificate and clientKey go together"
    ],
    [
      "a client certificate with another's key",
      { clientCertificate: pem("client"), clientKey: Redacted.make(pem("server-key")) },
      "clientKey is not valid"
    ]
  ]
  it.effect.each(rows)("%s is refused before anything is sent, without quoting a value", ([, rest, message]) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(open({ endpoint: "https://middleware.test/v1/traces", ...rest }))
      assert.strictEqual(failure.message, message)
    }).pipe(Effect.scoped)
  )
})

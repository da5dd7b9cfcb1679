import { execFile } from "node:child_process"
import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2"
import { connect, type Socket } from "node:net"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Metadata, Server, ServerCredentials } from "@grpc/grpc-js"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import { decodeProtobuf } from "../../../src/layers/fake/middleware/otlpProtobuf.ts"
import { openGrpcSink } from "../../../src/layers/otlp/GrpcSink.ts"
import type { Destination } from "../../../src/services/config/CompiledConfig.ts"
import { deliveringSink } from "../../contracts/delivery/deliveringSink.ts"
import { pem, tcpServer, tlsFront } from "../../contracts/delivery/servers.ts"
import { verdictOf } from "../../contracts/delivery/Verdict.ts"

const fresh = Effect.provide(FakeMiddleware.layer({ grpcPort: 0 }), { local: true })

const open = (endpoint: string | undefined, rest: Partial<Destination> = {}, patienceMs?: number) =>
  deliveringSink(openGrpcSink, endpoint ?? "", { protocol: "grpc", ...rest }, patienceMs)

const portOf = (endpoint: string | undefined) => Number(new URL(endpoint ?? "").port)

describe("giving up", () => {
  it.live("an interrupted call is cancelled at the server, and the next one goes out on a new connection", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      middleware.script([{ hang: true }])
      const sink = yield* open(middleware.grpcEndpoint, { timeoutMs: 20_000 }, 20_000)
      const sending = yield* Effect.forkChild(sink.send(1))
      const [request] = yield* middleware.untilRequests(1)
      yield* Fiber.interrupt(sending)
      assert.isFalse(yield* request?.answered ?? Effect.succeed(true))
      yield* sink.send(2)
      assert.deepStrictEqual(
        middleware.requests().map(({ connection }) => connection),
        [1, 2]
      )
    }).pipe(Effect.scoped, fresh)
  )

  it.live("a call whose time is over takes its connection with it", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      middleware.script([{ hang: true }])
      const sink = yield* open(middleware.grpcEndpoint, { timeoutMs: 100 }, 20_000)
      assert.deepStrictEqual(verdictOf(yield* Effect.result(sink.send(1))), { retry: "timeout" })
      yield* sink.send(1)
      assert.deepStrictEqual(
        middleware.requests().map(({ connection }) => connection),
        [1, 2]
      )
    }).pipe(Effect.scoped, fresh)
  )

  for (const scheme of ["http", "https"] as const) {
    it.live(`a handshake that is never answered costs one send over ${scheme}, not the ones after it`, () =>
      Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        const front = yield* tlsFront(middleware.grpcEndpoint ?? "", { cert: pem("server"), key: pem("server-key") })
        const behind = scheme === "http" ? portOf(middleware.grpcEndpoint) : portOf(`https://${front}`)
        let left = Effect.never as Effect.Effect<void>
        let connections = 0
        // Only the first connection goes nowhere.
        const server = yield* tcpServer((socket, bytes) => {
          if (++connections === 1) {
            left = Effect.callback<void>((resume) => {
              socket.once("close", () => resume(Effect.void))
              if (socket.destroyed) resume(Effect.void)
            })
            return
          }
          const onward = connect(behind, "127.0.0.1")
          onward.on("error", () => {})
          onward.write(bytes)
          socket.pipe(onward).pipe(socket)
        })
        const sink = yield* open(`${scheme}://${server}`, { timeoutMs: 300, ca: pem("authority") }, 20_000)
        assert.deepStrictEqual(verdictOf(yield* Effect.result(sink.send(1))), { retry: "timeout" })
        yield* left
        assert.deepStrictEqual(yield* sink.send(1), { rejectedSpans: 0 })
        assert.strictEqual(connections, 2)
      }).pipe(Effect.scoped, fresh)
    )
  }

  it.live("a peer that goes silent costs one send, not the ones after it", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      const onwards: Array<Socket> = []
      const server = yield* tcpServer((socket, bytes) => {
        const onward = connect(portOf(middleware.grpcEndpoint), "127.0.0.1")
        onward.on("error", () => {})
        onward.write(bytes)
        socket.pipe(onward).pipe(socket)
        onwards.push(onward)
      })
      const sink = yield* open(`http://${server}`, { timeoutMs: 300 }, 20_000)
      yield* sink.send(1)
      onwards[0]?.unpipe()
      assert.deepStrictEqual(verdictOf(yield* Effect.result(sink.send(2))), { retry: "timeout" })
      assert.deepStrictEqual(yield* sink.send(2), { rejectedSpans: 0 })
      assert.strictEqual(onwards.length, 2)
    }).pipe(Effect.scoped, fresh)
  )

  it.live("closing the scope closes the connection", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      const scope = yield* Scope.make()
      const sink = yield* Scope.provide(open(middleware.grpcEndpoint), scope)
      yield* sink.send(1)
      assert.strictEqual(middleware.stats().openConnections, 1)
      yield* Scope.close(scope, Exit.void)
      yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => middleware.stats().openConnections === 0 })
    }).pipe(fresh)
  )
})

describe("a server that comes back", () => {
  it.live("is noticed within two seconds or so", () =>
    Effect.gen(function* () {
      const endpoint = yield* Effect.scoped(fresh(Effect.map(FakeMiddleware, ({ grpcEndpoint }) => grpcEndpoint)))
      const sink = yield* open(endpoint)
      // Long enough down for the pauses to have grown, if they grew.
      for (let i = 0; i < 15; i++) {
        assert.deepStrictEqual(verdictOf(yield* Effect.result(sink.send(1))), { retry: "connection_refused" })
        yield* Effect.sleep("100 millis")
      }
      yield* Effect.gen(function* () {
        const back = performance.now()
        yield* Effect.retry(sink.send(1), Schedule.spaced("50 millis"))
        assert.isBelow(performance.now() - back, 2500)
      }).pipe(Effect.provide(FakeMiddleware.layer({ grpcPort: portOf(endpoint) }), { local: true }))
    }).pipe(Effect.scoped)
  )

  it.live("is noticed at once when it only started anew", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { endpoint, sink } = yield* Effect.gen(function* () {
        const { grpcEndpoint } = yield* FakeMiddleware
        const sink = yield* Scope.provide(open(grpcEndpoint), scope)
        yield* sink.send(1)
        return { endpoint: grpcEndpoint, sink }
      }).pipe(fresh)
      yield* Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        const back = performance.now()
        yield* Effect.retry(sink.send(2), Schedule.spaced("50 millis"))
        assert.isBelow(performance.now() - back, 2500)
        assert.strictEqual(middleware.spans().length, 4)
      }).pipe(Effect.provide(FakeMiddleware.layer({ grpcPort: portOf(endpoint) }), { local: true }))
      yield* Scope.close(scope, Exit.void)
    })
  )
})

describe("another implementation", () => {
  it.live("a server of the library's own takes our calls", () =>
    Effect.gen(function* () {
      const received: Array<Buffer> = []
      const server = new Server({ "grpc.max_receive_message_length": -1 })
      const identity = (bytes: Buffer) => bytes
      server.addService(
        {
          Export: {
            path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            requestStream: false,
            responseStream: false,
            requestSerialize: identity,
            requestDeserialize: identity,
            responseSerialize: identity,
            responseDeserialize: identity
          }
        },
        {
          Export: (
            call: { readonly request: Buffer; readonly metadata: { get: (key: string) => ReadonlyArray<unknown> } },
            callback: (error: null, answer: Buffer) => void
          ) => {
            assert.deepStrictEqual(call.metadata.get("authorization"), ["demo-key"])
            received.push(call.request)
            callback(null, Buffer.from([0x0a, 2, 0x08, 1]))
          }
        }
      )
      const port = yield* Effect.acquireRelease(
        Effect.callback<number>((resume) =>
          server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_, port) => resume(Effect.succeed(port)))
        ),
        () => Effect.sync(() => server.forceShutdown())
      )
      for (const compression of ["none", "gzip"] as const) {
        const sink = yield* open(`http://127.0.0.1:${port}`, { compression })
        assert.deepStrictEqual(yield* sink.send(1), { rejectedSpans: 1 })
      }
      assert.strictEqual(received.length, 2)
      assert.isTrue(received[0]?.equals(received[1] ?? Buffer.of()))
      assert.deepStrictEqual(decodeProtobuf(received[0] ?? Buffer.of()).unknownFields, [])
    }).pipe(Effect.scoped)
  )
})

describe("a server that says of the request what a library says of an answer", () => {
  it.live("has refused it", () =>
    Effect.gen(function* () {
      const server = new Server()
      const identity = (bytes: Buffer) => bytes
      server.addService(
        {
          Export: {
            path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            requestStream: false,
            responseStream: false,
            requestSerialize: identity,
            requestDeserialize: identity,
            responseSerialize: identity,
            responseDeserialize: identity
          }
        },
        {
          Export: (
            call: { readonly sendMetadata: (headers: Metadata) => void },
            callback: (error: { code: number; details: string; metadata: Metadata }) => void
          ) => {
            const metadata = new Metadata()
            metadata.set("x-server", "1")
            call.sendMetadata(new Metadata())
            callback({ code: 3, details: "Failed to decompress the request", metadata })
          }
        }
      )
      const port = yield* Effect.acquireRelease(
        Effect.callback<number>((resume) =>
          server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_, port) => resume(Effect.succeed(port)))
        ),
        () => Effect.sync(() => server.forceShutdown())
      )
      const sink = yield* open(`http://127.0.0.1:${port}`)
      assert.deepStrictEqual(verdictOf(yield* Effect.result(sink.send(1))), { drop: "grpc_invalid_argument" })
    }).pipe(Effect.scoped)
  )
})

describe("a server that refuses a request before it has read it", () => {
  it.live("is heard, and sent no more of it", () =>
    Effect.gen(function* () {
      let left = Effect.never as Effect.Effect<void>
      const server = yield* Effect.acquireRelease(
        Effect.callback<Http2Server>((resume) => {
          const server = createServer()
          server.on("stream", (stream: ServerHttp2Stream) => {
            left = Effect.callback<void>((heard) => {
              stream.on("close", () => heard(Effect.void))
              if (stream.destroyed) heard(Effect.void)
            })
            stream.on("error", () => {})
            stream.respond(
              { ":status": 200, "content-type": "application/grpc", "grpc-status": "3", "grpc-message": "no" },
              { endStream: true }
            )
          })
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      const address = server.address()
      const port = typeof address === "object" ? address?.port : undefined
      const sink = yield* open(`http://127.0.0.1:${port}`)
      assert.deepStrictEqual(verdictOf(yield* Effect.result(sink.sendMany(1, 500))), { drop: "grpc_invalid_argument" })
      yield* left
    }).pipe(Effect.scoped)
  )
})

describe("the name in a TLS handshake", () => {
  it.live("is the endpoint's, and none where that is an address", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      const asked: Array<string> = []
      const front = yield* tlsFront(middleware.grpcEndpoint ?? "", {
        cert: pem("server"),
        key: pem("server-key"),
        SNICallback: (name, answer) => {
          asked.push(name)
          answer(null)
        }
      })
      for (const host of ["127.0.0.1", "localhost"]) {
        const sink = yield* open(`https://${front.replace("127.0.0.1", host)}`, { ca: pem("authority") })
        yield* sink.send(1)
      }
      assert.deepStrictEqual(asked, ["localhost"])
    }).pipe(Effect.scoped, fresh)
  )
})

describe("an entry that cannot work", () => {
  const rows: ReadonlyArray<readonly [string, Partial<Destination>, string]> = [
    ["an endpoint that is no URL", { endpoint: "middleware.io" }, "endpoint is not valid"],
    ["another protocol", { endpoint: "grpc://middleware.io:443" }, 'endpoint\'s protocol "grpc:" is not http or https'],
    [
      "a path",
      { endpoint: "https://middleware.io:443/v1/traces" },
      "endpoint has a path, where grpc takes scheme, host and port"
    ],
    ["a header name with a space", { headers: { "x key": Redacted.make("a") } }, 'header name "x key" is not valid'],
    ["a pseudo-header", { headers: { ":path": Redacted.make("a") } }, 'header name ":path" is not valid'],
    ["a binary header", { headers: { "x-bin": Redacted.make("secret") } }, 'value of header "x-bin" is not valid'],
    [
      "a header value with a line break",
      { headers: { authorization: Redacted.make("secret\r\nx-evil: 1") } },
      'value of header "authorization" is not valid'
    ],
    ["a certificate authority that is no PEM", { ca: "nonsense" }, "ca is not valid"],
    [
      "a client key without its certificate",
      { clientKey: Redacted.make(pem("client-key")) },
      "clientCertificate and clientKey go together"
    ]
  ]
  it.effect.each(rows)("%s is refused before anything is sent, without quoting a value", ([, rest, message]) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(open("https://middleware.test:443", rest))
      assert.strictEqual(failure.message, message)
    }).pipe(Effect.scoped)
  )
})

describe("metadata", () => {
  it.live("stands in no log, not even with all of Node's tracing on", () =>
    Effect.gen(function* () {
      const program = fileURLToPath(new URL("./tracedSend.ts", import.meta.url))
      const output = yield* Effect.callback<string>((resume) => {
        const env = { ...process.env, NODE_DEBUG: "http2,net,tls,stream" }
        execFile(process.execPath, [program], { env }, (_, stdout, stderr) => resume(Effect.succeed(stdout + stderr)))
      })
      assert.include(output, "UNAUTHENTICATED sent")
      assert.match(output, /HTTP2 \d+:/, "the tracing is on")
      assert.notInclude(output, "canary-key")
    })
  )

  it.live("has the names in lower case, and leaves alone what is the protocol's", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      const sink = yield* open(middleware.grpcEndpoint, {
        headers: {
          Authorization: Redacted.make("demo-key"),
          "X-Tenant": Redacted.make("a b"),
          "Content-Type": Redacted.make("text/plain"),
          "grpc-timeout": Redacted.make("1S"),
          TE: Redacted.make("gzip")
        }
      })
      assert.isTrue(Result.isSuccess(yield* Effect.result(sink.send(1))))
      const [request] = middleware.requests()
      const names = request?.rawHeaders.filter((_, index) => index % 2 === 0) ?? []
      assert.deepStrictEqual(
        names.filter((name) => name !== name.toLowerCase()),
        []
      )
      assert.strictEqual(request?.headers["x-tenant"], "a b")
      assert.strictEqual(request?.headers["content-type"], "application/grpc")
      assert.strictEqual(request?.headers["te"], "trailers")
      assert.notStrictEqual(request?.headers["grpc-timeout"], "1S")
    }).pipe(Effect.scoped, fresh)
  )
})

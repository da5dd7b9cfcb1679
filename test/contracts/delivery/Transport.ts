import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import type { ReceivedRequest } from "../../../src/layers/fake/middleware/ReceivedRequest.ts"
import type { Destination } from "../../../src/services/config/CompiledConfig.ts"
import { grpcRows } from "./grpcRows.ts"
import { httpRows, type Row } from "./httpRows.ts"
import { http2Server, tcpServer } from "./servers.ts"
import { SOME_REASON, type Verdict, WARNING } from "./Verdict.ts"

/** A server that breaks off, or answers what the fake Middleware cannot. Gives host and port. */
export interface Broken {
  readonly name: string
  readonly server: Effect.Effect<string, never, Scope.Scope>
  readonly verdict: Verdict
}

/** How a sink is spoken to, and what must come of it. */
export interface Transport {
  readonly entry: Pick<Destination, "protocol" | "encoding">
  readonly rows: ReadonlyArray<Row>
  readonly broken: ReadonlyArray<Broken>
  readonly endpointOf: (middleware: FakeMiddleware["Service"]) => string
  readonly endpointAt: (hostAndPort: string, scheme?: "http" | "https") => string
  /** Header, and its value, that says a request is compressed. */
  readonly compressed: readonly [name: string, value: string]
  readonly isAsConfigured: (request: ReceivedRequest) => boolean
}

/** Only once the head has had time to be read: a reset also takes what the client has not read yet. */
const LATER_MS = 100

const http = (encoding: Destination["encoding"], contentType: string): Transport => {
  const head = (status: number) =>
    `HTTP/1.1 ${status} Whatever\r\ncontent-type: ${contentType}\r\ncontent-length: 20\r\n\r\n`
  const breaking = (name: string, status: number, how: "reset" | "end", verdict: Verdict): Broken => ({
    name,
    verdict,
    server: tcpServer((socket) => {
      socket.write(`${head(status)}\n\x05`)
      setTimeout(() => (how === "reset" ? socket.resetAndDestroy() : socket.end()), LATER_MS)
    })
  })
  return {
    entry: { protocol: "http", encoding },
    rows: httpRows,
    broken: [
      breaking("a reset in the body of a 200", 200, "reset", { retry: "connection_reset" }),
      breaking("a 200 whose body ends early", 200, "end", { retry: "connection_reset" }),
      breaking("a reset in the body of a 400", 400, "reset", { drop: "http_400" }),
      breaking("a 400 whose body ends early", 400, "end", { drop: "http_400" }),
      {
        name: "interim answers before the answer",
        server: tcpServer((socket) =>
          socket.end("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        ),
        verdict: { accepted: { rejectedSpans: 0 } }
      },
      {
        name: "what is no HTTP",
        server: tcpServer((socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n")),
        verdict: { retry: SOME_REASON }
      }
    ],
    endpointOf: ({ endpoint }) => endpoint,
    endpointAt: (hostAndPort, scheme = "http") => `${scheme}://${hostAndPort}/v1/traces`,
    compressed: ["content-encoding", "gzip"],
    isAsConfigured: ({ headers, method, path }) =>
      method === "POST" && path === "/v1/traces" && headers["content-type"] === contentType
  }
}

export const httpProto = http("proto", "application/x-protobuf")
export const httpJson = http("json", "application/json")

const GRPC = { ":status": 200, "content-type": "application/grpc" }
const MESSAGE = Buffer.from([0, 0, 0, 0, 2, 0x0a, 0])

const breaking = (name: string, answer: Parameters<typeof http2Server>[0], verdict: Verdict): Broken => ({
  name,
  server: http2Server(answer),
  verdict
})

export const grpc: Transport = {
  entry: { protocol: "grpc", encoding: "proto" },
  rows: grpcRows,
  broken: [
    breaking(
      "a reset in the answer",
      (stream) => {
        stream.respond(GRPC)
        stream.write(MESSAGE.subarray(0, 6))
        setTimeout(() => stream.session?.socket.resetAndDestroy(), LATER_MS)
      },
      { retry: "connection_reset" }
    ),
    breaking(
      "an answer that ends without a status",
      (stream) => {
        stream.respond(GRPC)
        stream.end(MESSAGE)
      },
      { retry: "grpc_no_status" }
    ),
    breaking("a stream reset with INTERNAL_ERROR", (stream) => stream.close(2), { retry: "connection_reset" }),
    breaking("a stream reset with ENHANCE_YOUR_CALM", (stream) => stream.close(11), { retry: "connection_reset" }),
    breaking("a stream reset with CANCEL", (stream) => stream.close(8), { retry: "grpc_cancelled" }),
    breaking("a stream refused", (stream) => stream.close(7), { retry: "grpc_unavailable" }),
    breaking("a connection cut before the answer", (stream) => stream.session?.destroy(), {
      retry: "connection_reset"
    }),
    breaking(
      "an OK without a message",
      (stream) => stream.respond({ ...GRPC, "grpc-status": "0" }, { endStream: true }),
      { accepted: { rejectedSpans: 0, message: WARNING } }
    ),
    breaking("a proxy's 503", (stream) => stream.respond({ ":status": 503 }, { endStream: true }), {
      retry: "grpc_unavailable"
    }),
    breaking("a proxy's 401", (stream) => stream.respond({ ":status": 401 }, { endStream: true }), {
      drop: "grpc_unauthenticated",
      fault: "unauthorized"
    }),
    breaking("a proxy's 404", (stream) => stream.respond({ ":status": 404 }, { endStream: true }), {
      drop: "grpc_unimplemented",
      fault: "misconfigured"
    }),
    breaking(
      "a web page",
      (stream) => {
        stream.respond({ ":status": 200, "content-type": "text/html" })
        stream.end("<html>welcome</html>")
      },
      { drop: "not_grpc", fault: "misconfigured" }
    ),
    {
      name: "a server of HTTP/1.1",
      server: tcpServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
      verdict: { retry: "protocol" }
    }
  ],
  endpointOf: ({ grpcEndpoint }) => grpcEndpoint ?? "",
  endpointAt: (hostAndPort, scheme = "http") => `${scheme}://${hostAndPort}`,
  compressed: ["grpc-encoding", "gzip"],
  isAsConfigured: ({ headers, method, path }) =>
    method === "POST" &&
    path === "/opentelemetry.proto.collector.trace.v1.TraceService/Export" &&
    /^application\/grpc(\+proto)?$/.test(headers["content-type"] ?? "") &&
    headers["te"] === "trailers" &&
    /^\d+[mun]?[SMHmun]$/.test(String(headers["grpc-timeout"]))
}

/** A server that answers a call or a request with a redirect. */
export const redirecting = (transport: Transport, location: string) =>
  transport.entry.protocol === "grpc"
    ? http2Server((stream) => stream.respond({ ":status": 307, location }, { endStream: true }))
    : tcpServer((socket) =>
        socket.end(`HTTP/1.1 307 Temporary Redirect\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`)
      )

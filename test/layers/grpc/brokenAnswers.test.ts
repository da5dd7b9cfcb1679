import { constants } from "node:http2"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { openGrpcSink } from "../../../src/layers/otlp/GrpcSink.ts"
import { deliveringSink } from "../../contracts/delivery/deliveringSink.ts"
import { agrees, type Verdict, verdictOf, WARNING } from "../../contracts/delivery/Verdict.ts"
import { type Call, frameServer, goAway, rstStream, strayData } from "./frameServer.ts"

const GRPC = { ":status": 200, "content-type": "application/grpc" }

const framed = (message: Uint8Array, flag = 0, length = message.length): Buffer => {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt8(flag)
  prefix.writeUInt32BE(length, 1)
  return Buffer.concat([prefix, message])
}

/** `ExportTraceServiceResponse` with 5 spans rejected. */
const PARTIAL = Buffer.from([0x0a, 2, 0x08, 5])
const EMPTY = Buffer.alloc(0)

type Headers = { readonly [name: string]: string | number }

interface Play {
  readonly head?: Headers
  readonly body?: Uint8Array
  /** How the stream ends, or else what is done with it once the body has gone out. */
  readonly trailers?: Headers
  readonly after?: (call: Call) => void
}

const play = (call: Call, { after, body = EMPTY, head = GRPC, trailers }: Play): void => {
  const { stream } = call
  stream.respond(head, { waitForTrailers: trailers !== undefined })
  if (trailers !== undefined) stream.on("wantTrailers", () => stream.sendTrailers(trailers))
  if (after === undefined) stream.end(body)
  else stream.write(body, () => setImmediate(() => after(call)))
}

const OK: Play = { body: framed(EMPTY), trailers: { "grpc-status": "0" } }

const delivered: Verdict = { accepted: { rejectedSpans: 0 } }
const unreadable: Verdict = { accepted: { rejectedSpans: 0, message: WARNING } }
const noStatus: Verdict = { retry: "grpc_no_status" }
const reset: Verdict = { retry: "connection_reset" }
const notGrpc: Verdict = { drop: "not_grpc", fault: "misconfigured" }

type Case = readonly [name: string, answer: Play | ((call: Call) => void), verdict: Verdict]

const onlyHead =
  (head: Headers) =>
  ({ stream }: Call): void =>
    stream.respond(head, { endStream: true })

const endStream = ({ stream }: Call): unknown => stream.end()
const endConnection = ({ socket }: Call): unknown => socket.end()
const cutConnection = ({ socket }: Call): unknown => socket.resetAndDestroy()

const zipped = { ...GRPC, "grpc-encoding": "gzip" }
const snappy = { ...GRPC, "grpc-encoding": "snappy" }
const whole = { "grpc-status": "0" }
const unavailable = { "grpc-status": "14", "grpc-message": "no%20room" }

/** Messages that cannot be read, which say nothing of whether the spans were taken. */
const BROKEN_MESSAGES: ReadonlyArray<readonly [string, Headers, Uint8Array]> = [
  ["compressed in a way nobody knows", snappy, framed(Buffer.from("sNaPpY"), 1)],
  ["compressed, which does not decompress", zipped, framed(Buffer.from("not gzip"), 1)],
  ["compressed, and cut short", zipped, framed(gzipSync(PARTIAL).subarray(0, -6), 1)],
  ["compressed, without a word of how", GRPC, framed(gzipSync(PARTIAL), 1)],
  ["with a flag of its own", GRPC, framed(PARTIAL, 7)],
  ["shorter than it says", GRPC, framed(PARTIAL, 0, 100)],
  ["without its whole prefix", GRPC, Buffer.from([0, 0, 0])],
  ["of no protobuf", GRPC, framed(Buffer.from("\xff\xff nonsense", "latin1"))]
]

const CASES: ReadonlyArray<Case> = [
  ["an OK", OK, delivered],
  ["an OK in the head", onlyHead({ ...GRPC, ...whole }), unreadable],
  ["an OK without a content type", { ...OK, head: { ":status": 200 } }, delivered],
  ["an OK of grpc+proto", { ...OK, head: { ":status": 200, "content-type": "application/grpc+proto" } }, delivered],
  ["a partial success", { body: framed(PARTIAL), trailers: whole }, { accepted: { rejectedSpans: 5 } }],
  [
    "a compressed partial success",
    { head: zipped, body: framed(gzipSync(PARTIAL), 1), trailers: whole },
    { accepted: { rejectedSpans: 5 } }
  ],
  [
    "a partial success, and messages behind it",
    { body: Buffer.concat([framed(PARTIAL), framed(EMPTY), Buffer.alloc(1_000_000)]), trailers: whole },
    { accepted: { rejectedSpans: 5 } }
  ],
  [
    "interim heads before the answer",
    (call) => {
      call.stream.additionalHeaders({ ":status": 103 })
      play(call, OK)
    },
    delivered
  ],

  ["a head alone", onlyHead(GRPC), noStatus],
  ["a head alone, of nothing", onlyHead({ ":status": 200 }), noStatus],
  ["a head, and a stream that ends", { after: endStream }, noStatus],
  ["a partial success, and a stream that ends", { body: framed(PARTIAL), after: endStream }, noStatus],
  ["a success whose trailers have no status", { body: framed(EMPTY), trailers: { "x-request-id": "1" } }, noStatus],
  [
    "a status in a head that is not the end",
    { head: { ...GRPC, ...whole }, body: framed(EMPTY), trailers: { "x-request-id": "1" } },
    noStatus
  ],
  ...["", "OK", "0x0", "0.0", "-0", "+0", "00", "0 0", "0, 0", "1e0", "NaN", "99999999999999999999"].map(
    (status): Case => [
      `a status of ${JSON.stringify(status)}`,
      { body: framed(EMPTY), trailers: { "grpc-status": status } },
      noStatus
    ]
  ),
  ["a status of a later gRPC", { trailers: { "grpc-status": "17" } }, { drop: "grpc_unknown" }],

  ...BROKEN_MESSAGES.flatMap(
    ([name, head, body]): ReadonlyArray<Case> => [
      [`a message ${name}, and OK`, { head, body, trailers: whole }, unreadable],
      [`a message ${name}, and UNAVAILABLE`, { head, body, trailers: unavailable }, { retry: "grpc_unavailable" }],
      [`a message ${name}, and INTERNAL`, { head, body, trailers: { "grpc-status": "13" } }, { drop: "grpc_internal" }],
      [`a message ${name}, and no status`, { head, body, trailers: { "x-request-id": "1" } }, noStatus],
      [`a message ${name}, and a reset`, { head, body, after: rstStream(constants.NGHTTP2_INTERNAL_ERROR) }, reset],
      [`a message ${name}, and a connection cut`, { head, body, after: cutConnection }, reset]
    ]
  ),
  [
    "a message too large",
    { body: framed(EMPTY, 0, 4 * 1024 * 1024 + 1), after: () => {} },
    { drop: "response_too_large" }
  ],
  [
    "a message too large once decompressed",
    { head: zipped, body: framed(gzipSync(Buffer.alloc(5_000_000)), 1), trailers: whole },
    { drop: "response_too_large" }
  ],

  ...[
    [constants.NGHTTP2_PROTOCOL_ERROR, reset],
    [constants.NGHTTP2_INTERNAL_ERROR, reset],
    [constants.NGHTTP2_FLOW_CONTROL_ERROR, reset],
    [constants.NGHTTP2_STREAM_CLOSED, reset],
    [constants.NGHTTP2_FRAME_SIZE_ERROR, reset],
    [constants.NGHTTP2_REFUSED_STREAM, { retry: "grpc_unavailable" }],
    [constants.NGHTTP2_CANCEL, { retry: "grpc_cancelled" }],
    [constants.NGHTTP2_ENHANCE_YOUR_CALM, reset],
    [constants.NGHTTP2_HTTP_1_1_REQUIRED, reset],
    [0xabcdef, reset]
  ].flatMap(
    ([code, verdict]): ReadonlyArray<Case> => [
      [`a reset with ${code} in place of an answer`, rstStream(code as number), verdict as Verdict],
      [`a reset with ${code} behind the head`, { after: rstStream(code as number) }, verdict as Verdict],
      [
        `a reset with ${code} behind a success`,
        { body: framed(PARTIAL), after: rstStream(code as number) },
        verdict as Verdict
      ]
    ]
  ),
  ["a connection cut behind a success", { body: framed(PARTIAL), after: cutConnection }, reset],
  ["a connection that ends behind a success", { body: framed(EMPTY), after: endConnection }, reset],
  [
    "a connection that goes away without the call",
    goAway(constants.NGHTTP2_NO_ERROR, 0),
    { retry: "grpc_unavailable" }
  ],
  ["a connection that goes away in anger", goAway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0), reset],
  [
    "a connection that goes away behind a success",
    { body: framed(EMPTY), after: goAway(constants.NGHTTP2_INTERNAL_ERROR, 1) },
    reset
  ],
  [
    "a connection that goes away once it has answered",
    (call) => {
      goAway(constants.NGHTTP2_NO_ERROR, 1)(call)
      play(call, OK)
    },
    delivered
  ],
  ["bytes that break the protocol", { body: framed(EMPTY), after: strayData }, { retry: "protocol" }],
  ["a head, and then nothing", { after: () => {} }, { retry: "timeout" }],
  ["a success, and then nothing", { body: framed(EMPTY), after: () => {} }, { retry: "timeout" }],

  ["a web page that says OK", { ...OK, head: { ":status": 200, "content-type": "text/html" } }, notGrpc],
  ["gRPC-Web", { ...OK, head: { ":status": 200, "content-type": "application/grpc-web+proto" } }, notGrpc],
  [
    "a web page of a proxy without its server",
    { ...OK, head: { ":status": 503, "content-type": "text/html" } },
    {
      retry: "grpc_unavailable"
    }
  ],
  [
    "a proxy's error that is gRPC's too",
    { head: { ":status": 502, "content-type": "application/grpc" }, trailers: { "x-request-id": "1" } },
    { retry: "grpc_unavailable" }
  ],
  [
    "a proxy's error with a status of its own",
    { head: { ":status": 502, "content-type": "application/grpc" }, trailers: { "grpc-status": "16" } },
    { drop: "grpc_unauthenticated", fault: "unauthorized" }
  ]
]

/** A server of our own hand that plays its part once and is well from then on, so that no failure outlives its call. */
describe.concurrent("a gRPC server that answers with", () => {
  for (const [name, answer, verdict] of CASES) {
    it.live(name, () =>
      Effect.gen(function* () {
        let calls = 0
        const server = yield* frameServer((call) => {
          if (++calls > 1) play(call, OK)
          else if (typeof answer === "function") answer(call)
          else play(call, answer)
        })
        const patient = { protocol: "grpc" as const, timeoutMs: 1500 }
        const sink = yield* deliveringSink(openGrpcSink, `http://${server}`, patient, 20_000)
        const found = verdictOf(yield* Effect.result(sink.send(1)))
        assert.isTrue(agrees(found, verdict), `${JSON.stringify(found)} is not ${JSON.stringify(verdict)}`)
        assert.deepStrictEqual(verdictOf(yield* Effect.result(sink.send(2))), delivered)
      }).pipe(Effect.scoped)
    )
  }
})

describe("a gRPC server that cuts its connection behind an OK", () => {
  it.live("has taken the spans", () =>
    Effect.gen(function* () {
      const server = yield* frameServer((call) => {
        call.stream.on("close", () => cutConnection(call))
        play(call, OK)
      })
      const sink = yield* deliveringSink(openGrpcSink, `http://${server}`, { protocol: "grpc" })
      assert.deepStrictEqual(verdictOf(yield* Effect.result(sink.send(1))), delivered)
    }).pipe(Effect.scoped)
  )
})

describe("a gRPC server's words", () => {
  it.live("are decoded, and kept as they came where they cannot be", () =>
    Effect.gen(function* () {
      const words = ["no%20room%20%F0%9F%8C%8D%23", "100% full"]
      const server = yield* frameServer(({ stream }) =>
        stream.respond({ ...GRPC, "grpc-status": "3", "grpc-message": words.shift() ?? "" }, { endStream: true })
      )
      const sink = yield* deliveringSink(openGrpcSink, `http://${server}`, { protocol: "grpc" })
      const said = Effect.map(Effect.result(sink.send(1)), (result) =>
        Result.isFailure(result) ? result.failure.message : ""
      )
      assert.deepStrictEqual([yield* said, yield* said], ["no room 🌍#", "100% full"])
    }).pipe(Effect.scoped)
  )
})

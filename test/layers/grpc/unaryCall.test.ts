import { connect, constants, createServer, type ServerHttp2Stream } from "node:http2"
import type { AddressInfo, Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type GrpcResult, unaryCall } from "../../../src/layers/grpc/unaryCall.ts"
import { rstStream } from "./frameServer.ts"

const GRPC = { ":status": 200, "content-type": "application/grpc" }
const EMPTY = Buffer.alloc(5)

/** More than a server takes that does not read. */
const REQUEST = [Buffer.alloc(300_000, 1)]

/** What comes of a call to a server that answers the head at once and never reads the request. */
const called = (answer: (stream: ServerHttp2Stream, socket: Socket) => void) =>
  Effect.callback<GrpcResult>((resume) => {
    const server = createServer()
    let socket: Socket | undefined
    server.on("connection", (accepted: Socket) => {
      socket = accepted
      socket.on("error", () => {})
    })
    server.on("session", (session) => session.on("error", () => {}))
    server.on("stream", (stream: ServerHttp2Stream) => {
      stream.on("error", () => {})
      // node:http2 resets a stream that it has answered and nobody reads, but for one that is paused.
      stream.pause()
      if (socket !== undefined) answer(stream, socket)
    })
    server.listen(0, "127.0.0.1", () => {
      const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
      session.on("error", () => {})
      unaryCall(session, { ":method": "POST", ":path": "/x" }, REQUEST, (result) => {
        session.destroy()
        socket?.destroy()
        server.close()
        resume(Effect.succeed(result))
      })
    })
  }).pipe(Effect.timeout(3000), Effect.orDie)

const reasonOf = (result: GrpcResult): string | number =>
  Result.isFailure(result) ? result.failure.reason : result.success.code

describe("an answer that comes before its request is read", () => {
  it.live("has no status where it ends without trailers, and is not waited for", () =>
    Effect.gen(function* () {
      const head = yield* called((stream) => stream.respond(GRPC, { endStream: true }))
      assert.strictEqual(reasonOf(head), "grpc_no_status")
      for (const body of [EMPTY, Buffer.alloc(0), Buffer.from([0, 0])]) {
        const result = yield* called((stream) => {
          stream.respond(GRPC)
          stream.end(body)
        })
        assert.strictEqual(reasonOf(result), "grpc_no_status")
      }
    })
  )

  it.live("has the status of its trailers", () =>
    Effect.gen(function* () {
      const result = yield* called((stream) => {
        stream.respond(GRPC, { waitForTrailers: true })
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "8" }))
        stream.end(EMPTY)
      })
      assert.strictEqual(reasonOf(result), 8)
    })
  )

  it.live("has not ended where its connection has, or where it was reset", () =>
    Effect.gen(function* () {
      for (const cut of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
        const result = yield* called((stream, socket) => {
          stream.respond(GRPC)
          stream.write(EMPTY, () => setImmediate(() => cut(socket)))
        })
        assert.strictEqual(reasonOf(result), "connection_reset")
      }
      const reset = yield* called((stream, socket) => {
        stream.respond(GRPC)
        stream.write(EMPTY, () => setImmediate(() => rstStream(constants.NGHTTP2_REFUSED_STREAM)({ stream, socket })))
      })
      assert.strictEqual(reasonOf(reset), "grpc_unavailable")
    })
  )
})

import { createSecureContext } from "node:tls"
import { gzip } from "node:zlib"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Destination } from "../../services/config/CompiledConfig.ts"
import { type Permanent, Retryable, SinkMisconfigured } from "../../services/export/TraceSink.ts"
import { checked, type DestinationTls } from "../otlp/destinationTls.ts"
import { GrpcConnection } from "./GrpcConnection.ts"
import { checkHeaders, requestHeaders } from "./requestHeaders.ts"
import { type GrpcReply, unaryCall } from "./unaryCall.ts"

export type { GrpcReply } from "./unaryCall.ts"

export interface OtlpGrpc {
  /**
   * One unary call, to its status, within the destination's time. Interrupting it, or its running out of time, cancels
   * it and gives up its connection: whether the peer is slow or gone cannot be known.
   */
  readonly export: (request: Uint8Array) => Effect.Effect<GrpcReply, Retryable | Permanent>
}

const targetOf = Effect.fnUntraced(function* (endpoint: string): Effect.fn.Return<URL, SinkMisconfigured> {
  const url = yield* checked("endpoint", () => new URL(endpoint))
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return yield* new SinkMisconfigured({ message: `endpoint's protocol "${url.protocol}" is not http or https` })
  }
  if (url.pathname !== "/" || url.search !== "") {
    return yield* new SinkMisconfigured({ message: "endpoint has a path, where grpc takes scheme, host and port" })
  }
  return url
})

/**
 * A connection of its own to the destination: plaintext for http, TLS with verified certificates for https. Nothing is
 * retried in it. Closing the scope cuts what is under way.
 */
export const openOtlpGrpc = Effect.fnUntraced(function* (
  destination: Destination,
  userAgent: string,
  tls: DestinationTls
): Effect.fn.Return<OtlpGrpc, SinkMisconfigured, Scope.Scope> {
  const url = yield* targetOf(destination.endpoint)
  yield* checkHeaders(destination)
  const secureContext = url.protocol === "https:" ? yield* checked("ca", () => createSecureContext(tls)) : undefined
  const connection = new GrpcConnection(url, secureContext)
  yield* Effect.addFinalizer(() => Effect.sync(() => connection.cut()))

  const call = (message: ReadonlyArray<Uint8Array>): Effect.Effect<GrpcReply, Retryable | Permanent> =>
    Effect.callback((resume) => {
      const late = setTimeout(() => {
        connection.cut()
        resume(Effect.fail(new Retryable({ reason: "timeout" })))
      }, destination.timeoutMs)
      unaryCall(connection.session(), requestHeaders(destination, userAgent), message, (result) => {
        clearTimeout(late)
        resume(Effect.fromResult(result))
      })
      return Effect.sync(() => {
        clearTimeout(late)
        connection.cut()
      })
    })

  const compressed = destination.compression === "gzip"
  return {
    export: (request) =>
      Effect.flatMap(compressed ? zipped(request) : Effect.succeed(request), (body) =>
        call([messagePrefix(compressed, body.length), body])
      )
  }
})

const messagePrefix = (compressed: boolean, length: number): Uint8Array => {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt8(compressed ? 1 : 0)
  prefix.writeUInt32BE(length, 1)
  return prefix
}

const zipped = (request: Uint8Array): Effect.Effect<Uint8Array> =>
  Effect.callback((resume) => {
    gzip(request, (error, bytes) => resume(error === null ? Effect.succeed(bytes) : Effect.die(error)))
  })

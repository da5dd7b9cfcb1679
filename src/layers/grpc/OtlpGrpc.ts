import { validateHeaderName } from "node:http"
import { createSecureContext } from "node:tls"
import {
  Client,
  type ClientOptions,
  type ClientUnaryCall,
  compressionAlgorithms,
  Metadata,
  type StatusObject
} from "@grpc/grpc-js"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { Destination } from "../../services/config/CompiledConfig.ts"
import { MAX_RESPONSE_BYTES } from "../../services/export/deliveryRules.ts"
import { Permanent, type Retryable, SinkMisconfigured } from "../../services/export/TraceSink.ts"
import { checked, type DestinationTls } from "../otlp/destinationTls.ts"
import { DestinationCredentials } from "./DestinationCredentials.ts"
import { isUndecodable, localFailure } from "./localFailure.ts"

const EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

/** A server that is back is noticed about so soon: each connect, and each look-up of its name, is tried again after it. */
const RECONNECT_MS = 1000

/** Servers hang up on clients that ping much; most forgive one ping for each answer they gave. */
const MIN_PING_INTERVAL_MS = 10_000
const PING_PATIENCE_MS = 5000

/** What a server answered. */
export interface GrpcReply {
  readonly code: number
  /** The status message. */
  readonly details: string
  /** `google.rpc.Status`, where the trailers have one. */
  readonly statusDetails: Uint8Array | undefined
  /** Of an OK; `undefined` when none came. */
  readonly message: Uint8Array | undefined
}

export interface OtlpGrpc {
  /**
   * One unary call, to its status, within the destination's time. Interrupting it, or its running out of time, cancels
   * it and gives up its connection: whether the peer is slow or gone cannot be known.
   */
  readonly export: (request: Uint8Array) => Effect.Effect<GrpcReply, Retryable | Permanent>
}

/** Ours to say, or the protocol's. */
const isReserved = (name: string): boolean =>
  name.startsWith("grpc-") ||
  ["connection", "content-length", "content-type", "host", "keep-alive", "te", "transfer-encoding", "upgrade"].includes(
    name
  )

/** Built for each call, so that the secrets stand nowhere in between. */
const metadataOf = (headers: Destination["headers"]): Metadata => {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(headers)) {
    if (!isReserved(name.toLowerCase())) metadata.set(name, Redacted.value(value))
  }
  return metadata
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
 * A channel of its own to the destination: plaintext for http, TLS with verified certificates for https. Nothing is
 * retried in it, no proxy is looked up in the environment, no call is traced. Closing the scope cuts what is under way.
 */
export const openOtlpGrpc = Effect.fnUntraced(function* (
  destination: Destination,
  userAgent: string,
  tls: DestinationTls
): Effect.fn.Return<OtlpGrpc, SinkMisconfigured, Scope.Scope> {
  const url = yield* targetOf(destination.endpoint)
  for (const [name, value] of Object.entries(destination.headers)) {
    yield* checked(`header name "${name}"`, () => validateHeaderName(name))
    yield* checked(`value of header "${name}"`, () => metadataOf({ [name]: value }))
  }
  const secure = url.protocol === "https:"
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1")
  const target = `dns:${url.hostname}:${url.port === "" ? (secure ? 443 : 80) : url.port}`
  const secureContext = secure ? yield* checked("ca", () => createSecureContext(tls)) : undefined
  const options: ClientOptions = {
    "grpc.primary_user_agent": userAgent,
    ...(destination.compression === "gzip" ? { "grpc.default_compression_algorithm": compressionAlgorithms.gzip } : {}),
    "grpc.max_receive_message_length": MAX_RESPONSE_BYTES,
    "grpc.max_send_message_length": -1,
    "grpc.enable_retries": 0,
    "grpc.service_config_disable_resolution": 1,
    "grpc.enable_http_proxy": 0,
    "grpc.enable_channelz": 0,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.initial_reconnect_backoff_ms": RECONNECT_MS,
    "grpc.max_reconnect_backoff_ms": RECONNECT_MS,
    "grpc.dns_min_time_between_resolutions_ms": RECONNECT_MS,
    // A connection that was idle for so long has to give a sign of life at the next call.
    "grpc.keepalive_time_ms": Math.max(MIN_PING_INTERVAL_MS, destination.timeoutMs),
    "grpc.keepalive_timeout_ms": PING_PATIENCE_MS
  }

  const connections = new DestinationCredentials(host, secureContext)
  let channel: Client | undefined
  const giveUp = () => {
    channel?.close()
    channel = undefined
    connections.cut()
  }
  yield* Effect.addFinalizer(() => Effect.sync(giveUp))

  return {
    export: (request) =>
      Effect.callback<GrpcReply, Retryable | Permanent>((resume) => {
        channel ??= new Client(target, connections, options)
        const call = exportOn(channel, request, metadataOf(destination.headers), destination.timeoutMs, (result) => {
          if (Result.isFailure(result) && result.failure.reason === "timeout") giveUp()
          resume(Effect.fromResult(result))
        })
        return Effect.sync(() => {
          call.cancel()
          giveUp()
        })
      })
  }
})

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const exportOn = (
  channel: Client,
  request: Uint8Array,
  metadata: Metadata,
  timeoutMs: number,
  conclude: (result: Result.Result<GrpcReply, Retryable | Permanent>) => void
): ClientUnaryCall => {
  let contentType: string | undefined
  let message: Uint8Array | undefined
  const call = channel.makeUnaryRequest(
    EXPORT,
    asBuffer,
    (bytes) => bytes,
    request,
    metadata,
    { deadline: Date.now() + timeoutMs },
    (_, value) => {
      message = value
    }
  )
  call.on("metadata", (headers) => {
    contentType = String(headers.get("content-type")[0] ?? "")
  })
  // Not by the callback, which takes an OK without a message for an error.
  call.on("status", (status) => conclude(replyOf(status, contentType, message)))
  return call
}

const replyOf = (
  status: StatusObject,
  contentType: string | undefined,
  message: Uint8Array | undefined
): Result.Result<GrpcReply, Retryable | Permanent> => {
  const { code, details, metadata } = status
  if (contentType !== undefined && !contentType.startsWith("application/grpc") && !/^Received HTTP/.test(details)) {
    return Result.fail(
      new Permanent({ reason: "not_grpc", message: "the answer is not application/grpc", fault: "misconfigured" })
    )
  }
  // Trailers are a server's own words, which may say of the request what the library says of an answer.
  if (contentType !== undefined && Object.keys(metadata.getMap()).length === 0 && isUndecodable(status)) {
    return Result.succeed({ code: 0, details, statusDetails: undefined, message: undefined })
  }
  const failure = localFailure(status, contentType !== undefined)
  if (failure !== undefined) return Result.fail(failure)
  const [statusDetails] = metadata.get("grpc-status-details-bin")
  return Result.succeed({
    code,
    details,
    statusDetails: typeof statusDetails === "object" ? statusDetails : undefined,
    message
  })
}

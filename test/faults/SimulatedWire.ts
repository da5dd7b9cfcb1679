import { resourceFromAttributes } from "@opentelemetry/resources"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { grpcCodes } from "../../src/layers/fake/middleware/GrpcStatus.ts"
import { contentTypes, statusBody, successBody } from "../../src/layers/fake/middleware/otlpAnswer.ts"
import { lengthDelimited, varintField } from "../../src/layers/fake/middleware/protoBytes.ts"
import type { GrpcReply, OtlpGrpc } from "../../src/layers/grpc/OtlpGrpc.ts"
import { grpcSink } from "../../src/layers/otlp/GrpcSink.ts"
import { nativeSink } from "../../src/layers/otlp/NativeSink.ts"
import type { OtlpAnswer, OtlpHttp } from "../../src/layers/undici/OtlpHttp.ts"
import type { Destination } from "../../src/services/config/CompiledConfig.ts"
import { Retryable, TraceSinks } from "../../src/services/export/TraceSink.ts"
import { SCHEMA_URL } from "../../src/services/trace/attributes.ts"
import { resourceAttributes } from "../../src/services/trace/resource.ts"
import type { Reaction, Said } from "./SimulatedDestination.ts"

/** One request to a destination, until what comes of it. */
export type Exchange = (destination: Destination, body: Uint8Array) => Effect.Effect<Reaction["end"]>

const SCOPE = { name: "spangate", version: "1.2.3", schemaUrl: SCHEMA_URL }

/** Our own sinks, whole but for the sockets: what they write is exchanged, and what comes back they read. */
export const simulatedSinks = (exchange: Exchange, instanceId: string): TraceSinks["Service"] =>
  TraceSinks.of({
    open: (destination, common) =>
      Effect.sync(() => {
        const detected = { version: SCOPE.version, instanceId, hostName: "simulated" }
        const resource = resourceFromAttributes(
          resourceAttributes({ common, destination: destination.resource, detected })
        )
        return destination.protocol === "grpc"
          ? grpcSink(destination, resource, SCOPE, grpcOver(exchange, destination))
          : nativeSink(destination, resource, SCOPE, httpOver(exchange, destination))
      })
  })

/** What a client makes of a connection. */
const heard = (end: Reaction["end"]): Effect.Effect<Said, Retryable> => {
  if (end === "silence") return Effect.never
  return typeof end === "string" ? Effect.fail(new Retryable({ reason: end })) : Effect.succeed(end)
}

const httpOver = (exchange: Exchange, destination: Destination): OtlpHttp => ({
  post: (body) =>
    exchange(destination, body).pipe(
      Effect.flatMap(heard),
      Effect.flatMap((said) =>
        Effect.map(Clock.currentTimeMillis, (now): OtlpAnswer => {
          const headers: { readonly [name: string]: string } = {
            "content-type": contentTypes[destination.encoding],
            ...retryAfterHeader(said, now)
          }
          return { status: said.status, header: (name) => headers[name], body: bodyOf(said, destination.encoding) }
        })
      )
    )
})

const GARBAGE = Buffer.from("\xff\xff no answer", "latin1")

const bodyOf = (said: Said, encoding: "proto" | "json"): Uint8Array => {
  if (said.garbage) return GARBAGE
  if (said.status >= 300) return statusBody(encoding, `the destination answers ${said.status}`)
  return successBody(encoding, partialOf(said))
}

const partialOf = ({ rejectedSpans }: Said) =>
  rejectedSpans === undefined ? undefined : { rejectedSpans, errorMessage: "some are too old" }

const retryAfterHeader = (
  { retryAfter, retryAfterNonsense }: Said,
  now: number
): { readonly [name: string]: string } => {
  if (retryAfterNonsense !== undefined) {
    return { "retry-after": retryAfterNonsense === "past" ? new Date(now - 60_000).toUTCString() : retryAfterNonsense }
  }
  if (retryAfter === undefined) return {}
  const { form, ms } = retryAfter
  // A date has whole seconds.
  return { "retry-after": form === "seconds" ? String(ms / 1000) : new Date(now + ms + 999).toUTCString() }
}

const grpcOver = (exchange: Exchange, destination: Destination): OtlpGrpc => ({
  export: (request) =>
    exchange(destination, request).pipe(
      Effect.flatMap(heard),
      Effect.map(replyOf),
      // The call's own deadline.
      Effect.timeoutOrElse({
        duration: destination.timeoutMs,
        orElse: () => Effect.fail(new Retryable({ reason: "timeout" }))
      })
    )
})

const codeOf = (said: Said): number => {
  switch (said.status) {
    case 200:
      return grpcCodes.OK
    case 400:
      return grpcCodes.INVALID_ARGUMENT
    case 401:
      return grpcCodes.UNAUTHENTICATED
    case 403:
      return grpcCodes.PERMISSION_DENIED
    case 413:
      return grpcCodes.RESOURCE_EXHAUSTED
    case 429:
      // Without RetryInfo it would be told never to come back.
      return retryDelayOf(said) === undefined ? grpcCodes.UNAVAILABLE : grpcCodes.RESOURCE_EXHAUSTED
    case 503:
      return grpcCodes.UNAVAILABLE
    default:
      return grpcCodes.INTERNAL
  }
}

const retryDelayOf = ({ retryAfter, retryAfterNonsense }: Said): number | undefined =>
  retryAfter?.ms ?? (retryAfterNonsense === undefined ? undefined : retryAfterNonsense === "past" ? -60_000 : 0)

const replyOf = (said: Said): GrpcReply => {
  const code = codeOf(said)
  const delay = retryDelayOf(said)
  return {
    code,
    details: said.status === 413 ? "grpc: received message larger than max (5000000 vs. 4194304)" : `code ${code}`,
    statusDetails: delay === undefined ? undefined : statusWithRetryInfo(code, delay),
    message: code === grpcCodes.OK ? (said.garbage ? GARBAGE : successBody("proto", partialOf(said))) : undefined
  }
}

const statusWithRetryInfo = (code: number, delayMs: number): Uint8Array => {
  const info = lengthDelimited(1, varintField(1, delayMs / 1000))
  const any = [lengthDelimited(1, "type.googleapis.com/google.rpc.RetryInfo"), lengthDelimited(2, info)]
  return Buffer.concat([varintField(1, code), lengthDelimited(3, Buffer.concat(any))])
}

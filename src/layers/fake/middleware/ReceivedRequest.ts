import type { IncomingHttpHeaders } from "node:http"
import type * as Effect from "effect/Effect"
import type { Encoding } from "./otlpAnswer.ts"

/** A well-formed export in numbers. */
export interface ReceivedExport {
  readonly encoding: Encoding
  readonly spans: number
  /** As it came. */
  readonly wireBytes: number
  /** Decompressed. */
  readonly bytes: number
  /** `Span.17`: fields that the official .proto files do not have. */
  readonly unknownFields: ReadonlyArray<string>
}

/** A request to an OTLP port, whatever became of it. */
export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders
  /** As node:http gives them: name, value, name, value, in the case and order they were sent in. */
  readonly rawHeaders: ReadonlyArray<string>
  /** Which connection of its port brought it, from 1. */
  readonly connection: number
  /** What it held; undefined when it was refused. */
  readonly export: ReceivedExport | undefined
  /** Status it was, or is to be, answered with; undefined when the answer hangs or is reset before the head. */
  readonly status: number | undefined
  /** Of a gRPC call: the status code it ends with, as a number. */
  readonly grpcStatus?: number | undefined
  /** Its spans were held. */
  readonly accepted: boolean
  /** Waits until the answer is with the connection (true), or the connection is gone without it (false). */
  readonly answered: Effect.Effect<boolean>
}

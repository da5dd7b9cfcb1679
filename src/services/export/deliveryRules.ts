/** What an answer to an OTLP/HTTP export means, by the protocol's specification. Pure; every row has a test. */
import * as Result from "effect/Result"
import { type Accepted, Permanent, Retryable } from "./TraceSink.ts"

/** Also after decompression; what is larger is not read to its end. */
export const MAX_RESPONSE_BYTES = 4 * 1024 * 1024

/** No server may silence a destination for longer than this with one header. */
export const MAX_RETRY_AFTER_MS = 3_600_000

export const MAX_MESSAGE_LENGTH = 512

/** What a success says of the spans it took. */
export interface ExportResponse {
  readonly rejectedSpans: number
  readonly errorMessage: string
}

/** What a request is written in, and its answer. */
export type MediaType = "application/x-protobuf" | "application/json"

export interface HttpAnswer {
  readonly status: number
  /** What the request was written in: protobuf. */
  readonly mediaType?: MediaType | undefined
  readonly contentType?: string | undefined
  readonly retryAfter?: string | undefined
  /** The body of a 2xx as the protocol reads it; `undefined` when it could not be decoded. */
  readonly response?: ExportResponse | undefined
  readonly bodyBytes: number
  /** From the body of an error. */
  readonly message?: string | undefined
}

const WEEKDAY = /^(Mon|Tues?|Wed(nes)?|Thu(rs)?|Fri|Sat(ur)?|Sun)(day)?,? /

/**
 * Milliseconds a `Retry-After` asks for, at most `MAX_RETRY_AFTER_MS`.
 * Zero, the past and what is neither seconds nor an HTTP date ask for nothing.
 */
export const retryAfterMillis = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined
  const value = header.trim()
  // asctime dates carry no zone and mean GMT; Date.parse would read them as local time.
  const wait = /^\d+$/.test(value)
    ? Number(value) * 1000
    : WEEKDAY.test(value)
      ? Date.parse(value.endsWith("GMT") ? value : `${value} GMT`) - now
      : Number.NaN
  return wait > 0 ? Math.min(wait, MAX_RETRY_AFTER_MS) : undefined
}

/** 429 and 503 may say when to come back; 502 and 504 come from something in between, which does not know. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504])
const THROTTLING: ReadonlySet<number> = new Set([429, 503])
const UNAUTHORIZED: ReadonlySet<number> = new Set([401, 403])
/** The address, the method or the encoding is wrong, not the batch. */
const MISCONFIGURED: ReadonlySet<number> = new Set([404, 405, 406, 415])

const typeOf = (contentType: string | undefined) => contentType?.split(";", 1)[0]?.trim().toLowerCase()

export const cut = (message: string) => message.slice(0, MAX_MESSAGE_LENGTH)

/** The spans are taken: an answer that cannot be read, which is `undefined`, is worth a warning, never a second send. */
export const accepted = (response: ExportResponse | undefined): Accepted => {
  if (response === undefined) {
    return { rejectedSpans: 0, message: "the answer cannot be decoded, so rejections stay unknown" }
  }
  const { errorMessage, rejectedSpans } = response
  return errorMessage === "" ? { rejectedSpans } : { rejectedSpans, message: cut(errorMessage) }
}

const acceptedOverHttp = (answer: HttpAnswer): Accepted => {
  if (answer.bodyBytes === 0) return { rejectedSpans: 0 }
  const mediaType = answer.mediaType ?? "application/x-protobuf"
  return typeOf(answer.contentType) === mediaType
    ? accepted(answer.response)
    : { rejectedSpans: 0, message: `the answer is not ${mediaType}, so rejections stay unknown` }
}

/** `now` is Unix milliseconds. */
export const judge = (answer: HttpAnswer, now: number): Result.Result<Accepted, Retryable | Permanent> => {
  const { status } = answer
  if (status >= 200 && status < 300) return Result.succeed(acceptedOverHttp(answer))
  const reason = `http_${status}`
  if (RETRYABLE.has(status)) {
    const retryAfterMs = THROTTLING.has(status) ? retryAfterMillis(answer.retryAfter, now) : undefined
    return Result.fail(new Retryable(retryAfterMs === undefined ? { reason } : { reason, retryAfterMs }))
  }
  const message = answer.message === undefined || answer.message === "" ? {} : { message: cut(answer.message) }
  // Following would hand our credentials to whoever the answer names.
  if (status >= 300 && status < 400) {
    return Result.fail(new Permanent({ reason: "redirect", ...message, fault: "misconfigured" }))
  }
  if (UNAUTHORIZED.has(status)) return Result.fail(new Permanent({ reason, ...message, fault: "unauthorized" }))
  if (MISCONFIGURED.has(status)) return Result.fail(new Permanent({ reason, ...message, fault: "misconfigured" }))
  return Result.fail(new Permanent({ reason, ...message }))
}

/** The body outgrew `MAX_RESPONSE_BYTES`. */
export const responseTooLarge = (): Permanent => new Permanent({ reason: "response_too_large" })

/** gRPC's 413. */
export const MESSAGE_TOO_LARGE = "grpc_message_too_large"

/** The server finds the batch too heavy: the next ones should be lighter. */
export const asksForLess = ({ reason }: Permanent): boolean => reason === "http_413" || reason === MESSAGE_TOO_LARGE

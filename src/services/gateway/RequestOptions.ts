import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Exchange } from "./Exchange.ts"
import { invalidRequest, type Refusal } from "./Refusal.ts"

/** What a caller may ask of the gateway for one request, by `x-tfy-*` headers. */
export interface RequestOptions {
  readonly metadata?: string
  /** False keeps the request's content from leaving the gateway process. */
  readonly logContent: boolean
  readonly retry?: {
    readonly attempts: number
    readonly onStatusCodes?: ReadonlySet<number>
    readonly delayMs?: number
  }
  /** Per attempt; of a stream, until its first byte. */
  readonly timeoutMs?: number
  readonly timeToFirstTokenMs?: number
  readonly conversationId?: string
}

const DEFAULTS: RequestOptions = { logContent: true }

/** As TrueFoundry's: string keys and values, a value at most 128 characters. */
const Metadata = Schema.fromJsonString(Schema.Record(Schema.String, Schema.String.check(Schema.isMaxLength(128))))
const LoggingConfig = Schema.fromJsonString(Schema.Struct({ enabled: Schema.Boolean }))
const StatusCode = Schema.Int.check(Schema.isBetween({ minimum: 100, maximum: 599 }))
const RetryConfig = Schema.fromJsonString(
  Schema.Struct({
    attempts: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10 })),
    delayMs: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60_000 }))),
    onStatusCodes: Schema.optionalKey(Schema.Array(StatusCode))
  })
)

const decodeMetadata = Schema.decodeUnknownResult(Metadata)
const decodeLogging = Schema.decodeUnknownResult(LoggingConfig)
const decodeRetry = Schema.decodeUnknownResult(RetryConfig)

const MAX_TIMEOUT_MS = 3_600_000
const LONGEST_ID = 512

const bad = (header: string, wanted: string) =>
  Result.fail(invalidRequest("invalid_header", `The header ${header} must be ${wanted}.`, header))

const milliseconds = (header: string, value: string): Result.Result<number, Refusal> => {
  const parsed = /^\d{1,7}$/.test(value) ? Number(value) : 0
  return parsed > 0 && parsed <= MAX_TIMEOUT_MS
    ? Result.succeed(parsed)
    : bad(header, `a whole number of milliseconds from 1 to ${MAX_TIMEOUT_MS}`)
}

/** Reads the headers, or says which one is wrong. Without any of them it costs six lookups and no allocation. */
export const readRequestOptions = (exchange: Exchange): Result.Result<RequestOptions, Refusal> => {
  const metadata = exchange.header("x-tfy-metadata")
  const logging = exchange.header("x-tfy-logging-config")
  const retry = exchange.header("x-tfy-retry-config")
  const timeout = exchange.header("x-tfy-request-timeout")
  const firstToken = exchange.header("x-tfy-ttft-timeout-ms")
  const conversationId = exchange.header("x-tfy-conversation-id")
  if (
    metadata === undefined &&
    logging === undefined &&
    retry === undefined &&
    timeout === undefined &&
    firstToken === undefined &&
    conversationId === undefined
  ) {
    return Result.succeed(DEFAULTS)
  }

  const options: { -readonly [K in keyof RequestOptions]: RequestOptions[K] } = { logContent: true }
  if (conversationId !== undefined) options.conversationId = conversationId.slice(0, LONGEST_ID)
  if (metadata !== undefined) {
    if (Result.isFailure(decodeMetadata(metadata))) {
      return bad("x-tfy-metadata", "a JSON object whose values are strings of at most 128 characters")
    }
    options.metadata = metadata
  }
  if (logging !== undefined) {
    const decoded = decodeLogging(logging)
    if (Result.isFailure(decoded)) return bad("x-tfy-logging-config", `JSON such as {"enabled": false}`)
    options.logContent = decoded.success.enabled
  }
  if (retry !== undefined) {
    const decoded = decodeRetry(retry)
    if (Result.isFailure(decoded)) {
      return bad(
        "x-tfy-retry-config",
        `JSON such as {"attempts": 3, "onStatusCodes": [429, 503]}, attempts from 0 to 10`
      )
    }
    const { attempts, delayMs, onStatusCodes } = decoded.success
    options.retry = {
      attempts,
      ...(delayMs === undefined ? {} : { delayMs }),
      ...(onStatusCodes === undefined ? {} : { onStatusCodes: new Set(onStatusCodes) })
    }
  }
  if (timeout !== undefined) {
    const parsed = milliseconds("x-tfy-request-timeout", timeout)
    if (Result.isFailure(parsed)) return Result.fail(parsed.failure)
    options.timeoutMs = parsed.success
  }
  if (firstToken !== undefined) {
    const parsed = milliseconds("x-tfy-ttft-timeout-ms", firstToken)
    if (Result.isFailure(parsed)) return Result.fail(parsed.failure)
    options.timeToFirstTokenMs = parsed.success
  }
  return Result.succeed(options)
}

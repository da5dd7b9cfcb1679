/** What a gRPC status means for an OTLP export, by the protocol's specification. Pure; every row has a test. */
import * as Result from "effect/Result"
import { accepted, cut, type ExportResponse, MAX_RETRY_AFTER_MS, MESSAGE_TOO_LARGE } from "./deliveryRules.ts"
import { type Accepted, Permanent, Retryable } from "./TraceSink.ts"

export interface GrpcAnswer {
  /** 0 is OK. */
  readonly code: number
  /** The status message; empty without one. */
  readonly message: string
  /** The `google.rpc.RetryInfo` of the status, when it has one; 0 when that names no delay. */
  readonly retryDelayMs?: number | undefined
  /** Of an OK: what its message says; `undefined` when it could not be decoded. */
  readonly response?: ExportResponse | undefined
}

/** By code. */
const NAMES = [
  "ok",
  "cancelled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated"
] as const

const RETRYABLE: ReadonlySet<string> = new Set([
  "cancelled",
  "deadline_exceeded",
  "aborted",
  "out_of_range",
  "unavailable",
  "data_loss"
])
const UNAUTHORIZED: ReadonlySet<string> = new Set(["unauthenticated", "permission_denied"])
/** The address is wrong, not the batch. */
const MISCONFIGURED: ReadonlySet<string> = new Set(["unimplemented", "not_found"])

/** In the words of grpc-go, grpc-js and gRPC's C core, and of grpc-java. */
const TOO_LARGE = /message larger than max|message exceeds maximum size/i

/**
 * What is to be said of an answer without a status: nobody has taken the spans, nor refused them. A proxy that loses its
 * server in mid-answer leaves such ones behind.
 */
export const NO_STATUS = "grpc_no_status"

/** The code in `grpc-status`; `undefined` without it, and where it is no code. */
export const readGrpcStatus = (value: string | undefined): number | undefined =>
  value !== undefined && /^(0|[1-9]\d{0,8})$/.test(value) ? Number(value) : undefined

/** By gRPC's own table: what an answer that is HTTP alone, as proxies give them, means for a call. */
export const codeOfHttp = (status: number): number => {
  switch (status) {
    case 400:
      return 13
    case 401:
      return 16
    case 403:
      return 7
    case 404:
      return 12
    case 429:
    case 502:
    case 503:
    case 504:
      return 14
    default:
      return 2
  }
}

export const judgeGrpc = (answer: GrpcAnswer): Result.Result<Accepted, Retryable | Permanent> => {
  const { code, retryDelayMs } = answer
  if (code === 0) return Result.succeed(accepted(answer.response))
  // Reasons are labels of metrics: no server may make up new ones.
  const name = NAMES[code] ?? "unknown"
  const reason = `grpc_${name}`
  // An exhausted server says by RetryInfo that it will recover.
  if (RETRYABLE.has(name) || (name === "resource_exhausted" && retryDelayMs !== undefined)) {
    return Result.fail(
      new Retryable(
        retryDelayMs !== undefined && retryDelayMs > 0
          ? { reason, retryAfterMs: Math.min(retryDelayMs, MAX_RETRY_AFTER_MS) }
          : { reason }
      )
    )
  }
  const message = answer.message === "" ? {} : { message: cut(answer.message) }
  if (name === "resource_exhausted" && TOO_LARGE.test(answer.message)) {
    return Result.fail(new Permanent({ reason: MESSAGE_TOO_LARGE, ...message }))
  }
  if (UNAUTHORIZED.has(name)) return Result.fail(new Permanent({ reason, ...message, fault: "unauthorized" }))
  if (MISCONFIGURED.has(name)) return Result.fail(new Permanent({ reason, ...message, fault: "misconfigured" }))
  return Result.fail(new Permanent({ reason, ...message }))
}

import { gzipSync } from "node:zlib"
import type { GrpcCode, GrpcStatus } from "../../../src/layers/fake/middleware/GrpcStatus.ts"
import { commonRows, type Row, row } from "./httpRows.ts"
import type { Verdict } from "./Verdict.ts"

const RETRIED: ReadonlyArray<GrpcCode> = [
  "CANCELLED",
  "DEADLINE_EXCEEDED",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNAVAILABLE",
  "DATA_LOSS"
]
const DROPPED: ReadonlyArray<GrpcCode> = [
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "ALREADY_EXISTS",
  "FAILED_PRECONDITION",
  "INTERNAL",
  "RESOURCE_EXHAUSTED"
]

const reason = (code: GrpcCode) => `grpc_${code.toLowerCase()}`

const asking = (code: GrpcCode, words: string, delayMs: number | undefined, afterMs?: number): Row =>
  row(
    `${code}, RetryInfo ${words}`,
    { grpc: { code, message: "later", retryInfo: delayMs === undefined ? {} : { delayMs } } },
    { retry: reason(code), ...(afterMs === undefined ? {} : { afterMs }) }
  )

const ending = (name: string, grpc: GrpcStatus, verdict: Verdict): Row => row(name, { grpc }, verdict)

export const grpcRows: ReadonlyArray<Row> = [
  ...commonRows,
  row(
    "an answer over 4 MiB once decompressed",
    { body: gzipSync(Buffer.alloc(5 * 1024 * 1024)), headers: { "grpc-encoding": "gzip" } },
    { drop: "response_too_large" }
  ),
  row(
    "a compressed partial success",
    { body: gzipSync(Buffer.from([0x0a, 2, 0x08, 5])), headers: { "grpc-encoding": "gzip" } },
    { accepted: { rejectedSpans: 5 } }
  ),
  row(
    "a success whose compression is broken",
    { body: "not gzip", headers: { "grpc-encoding": "gzip" } },
    { accepted: { rejectedSpans: 0, message: "the answer cannot be decoded, so rejections stay unknown" } }
  ),
  ...RETRIED.flatMap((code) => [
    ending(code, { code, message: "no" }, { retry: reason(code) }),
    asking(code, "of 7 s", 7000, 7000),
    asking(code, "without a delay", undefined)
  ]),
  asking("UNAVAILABLE", "of half a second", 500, 500),
  asking("UNAVAILABLE", "of 0 s", 0),
  asking("UNAVAILABLE", "of less than nothing", -5000),
  asking("UNAVAILABLE", "of an hour", 3_600_000, 3_600_000),
  asking("UNAVAILABLE", "of a week", 604_800_000, 3_600_000),
  asking("RESOURCE_EXHAUSTED", "of 7 s", 7000, 7000),
  asking("RESOURCE_EXHAUSTED", "of 0 s", 0),
  asking("RESOURCE_EXHAUSTED", "without a delay", undefined),
  ...DROPPED.map((code) => ending(code, { code, message: "no" }, { drop: reason(code) })),
  ...DROPPED.filter((code) => code !== "RESOURCE_EXHAUSTED").map((code) =>
    ending(`${code}, RetryInfo of 7 s`, { code, retryInfo: { delayMs: 7000 } }, { drop: reason(code) })
  ),
  ...(["UNAUTHENTICATED", "PERMISSION_DENIED"] as const).map((code) =>
    ending(code, { code, message: "no" }, { drop: reason(code), fault: "unauthorized" })
  ),
  ...(["UNIMPLEMENTED", "NOT_FOUND"] as const).map((code) =>
    ending(code, { code, message: "no" }, { drop: reason(code), fault: "misconfigured" })
  ),
  ending(
    "a batch that is too large",
    { code: "RESOURCE_EXHAUSTED", message: "grpc: received message larger than max (5000000 vs. 4194304)" },
    { drop: "grpc_message_too_large" }
  ),
  ending(
    "a server that quotes a reset further on",
    { code: "INTERNAL", message: "Received RST_STREAM with code 2 (Internal server error)" },
    { drop: "grpc_internal" }
  )
]

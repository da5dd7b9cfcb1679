import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { asksForLess, MAX_MESSAGE_LENGTH, MAX_RETRY_AFTER_MS } from "../../../src/services/export/deliveryRules.ts"
import {
  codeOfHttp,
  type GrpcAnswer,
  judgeGrpc,
  readGrpcStatus
} from "../../../src/services/export/grpcDeliveryRules.ts"
import { Permanent, Retryable } from "../../../src/services/export/TraceSink.ts"

const verdict = (code: number, rest: Partial<GrpcAnswer> = {}) => {
  const judged = judgeGrpc({ code, message: "", ...rest })
  if (Result.isSuccess(judged)) return { accepted: judged.success }
  const { failure } = judged
  return failure instanceof Retryable
    ? { retry: failure.reason, ...(failure.retryAfterMs === undefined ? {} : { afterMs: failure.retryAfterMs }) }
    : { drop: failure.reason, ...(failure.fault === undefined ? {} : { fault: failure.fault }) }
}

/** By code: what the protocol says of it, and the reason we give. */
const TABLE: ReadonlyArray<
  readonly [number, "retry" | "throttle" | "drop" | "unauthorized" | "misconfigured", string]
> = [
  [1, "retry", "grpc_cancelled"],
  [2, "drop", "grpc_unknown"],
  [3, "drop", "grpc_invalid_argument"],
  [4, "retry", "grpc_deadline_exceeded"],
  [5, "misconfigured", "grpc_not_found"],
  [6, "drop", "grpc_already_exists"],
  [7, "unauthorized", "grpc_permission_denied"],
  [8, "throttle", "grpc_resource_exhausted"],
  [9, "drop", "grpc_failed_precondition"],
  [10, "retry", "grpc_aborted"],
  [11, "retry", "grpc_out_of_range"],
  [12, "misconfigured", "grpc_unimplemented"],
  [13, "drop", "grpc_internal"],
  [14, "retry", "grpc_unavailable"],
  [15, "retry", "grpc_data_loss"],
  [16, "unauthorized", "grpc_unauthenticated"],
  [17, "drop", "grpc_unknown"],
  [987654321, "drop", "grpc_unknown"],
  [-1, "drop", "grpc_unknown"]
]

describe("gRPC statuses", () => {
  it.each(TABLE)("%d is to %s: %s", (code, what, reason) => {
    const dropped =
      what === "unauthorized" || what === "misconfigured" ? { drop: reason, fault: what } : { drop: reason }
    const without = what === "retry" ? { retry: reason } : dropped
    const mayRetry = what === "retry" || what === "throttle"
    assert.deepStrictEqual(verdict(code), without)
    assert.deepStrictEqual(verdict(code, { retryDelayMs: 7000 }), mayRetry ? { retry: reason, afterMs: 7000 } : dropped)
    assert.deepStrictEqual(verdict(code, { retryDelayMs: 0 }), mayRetry ? { retry: reason } : dropped)
    assert.deepStrictEqual(verdict(code, { retryDelayMs: -1 }), mayRetry ? { retry: reason } : dropped)
  })

  it("OK is accepted, with what its message says", () => {
    const saying = (rejectedSpans: number, errorMessage: string) =>
      verdict(0, { response: { rejectedSpans, errorMessage } })
    assert.deepStrictEqual(saying(0, ""), { accepted: { rejectedSpans: 0 } })
    assert.deepStrictEqual(saying(3, "too old"), { accepted: { rejectedSpans: 3, message: "too old" } })
    assert.deepStrictEqual(saying(0, "soon"), { accepted: { rejectedSpans: 0, message: "soon" } })
    const undecodable = verdict(0)
    assert.isTrue("accepted" in undecodable && undecodable.accepted?.message !== undefined)
  })

  it("no server silences a destination for longer than an hour", () => {
    assert.deepStrictEqual(verdict(14, { retryDelayMs: 1e12 }), {
      retry: "grpc_unavailable",
      afterMs: MAX_RETRY_AFTER_MS
    })
  })

  it("keeps the server's words, cut short", () => {
    const judged = judgeGrpc({ code: 3, message: "x".repeat(2000) })
    assert.isTrue(Result.isFailure(judged) && judged.failure.message.length === MAX_MESSAGE_LENGTH)
  })

  it.each([
    "grpc: received message larger than max (5000000 vs. 4194304)",
    "Received message larger than max (5000000 vs 4194304)",
    "gRPC message exceeds maximum size 4194304: 5000000"
  ])("asks for smaller batches: %s", (message) => {
    const judged = judgeGrpc({ code: 8, message })
    assert.isTrue(Result.isFailure(judged) && judged.failure instanceof Permanent && asksForLess(judged.failure))
  })

  it("does not ask for smaller batches when a quota is used up", () => {
    assert.isFalse(asksForLess(new Permanent({ reason: "grpc_resource_exhausted" })))
  })

  it.prop("every code is accepted, retried or dropped", [Schema.Int], ([code]) => {
    const found = verdict(code)
    assert.strictEqual("accepted" in found, code === 0)
    assert.strictEqual("retry" in found, [1, 4, 10, 11, 14, 15].includes(code))
  })
})

describe("grpc-status", () => {
  it.prop(
    "is read as it is written",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999_999_999 }))],
    ([code]) => {
      assert.strictEqual(readGrpcStatus(String(code)), code)
    }
  )

  it.each([undefined, "", " ", "ok", "00", "007", "-0", "+0", "0x0", "0.0", "0e0", "0 ", "0, 0", "1234567890", "٠"])(
    "says nothing as %j",
    (value) => {
      assert.strictEqual(readGrpcStatus(value), undefined)
    }
  )

  it.prop("no words that Number takes for nothing are an OK", [Schema.String], ([value]) => {
    assert.strictEqual(readGrpcStatus(value) === 0, value === "0")
  })
})

describe("HTTP in place of gRPC", () => {
  it.each([
    [400, "drop", "grpc_internal"],
    [401, "drop", "grpc_unauthenticated"],
    [403, "drop", "grpc_permission_denied"],
    [404, "drop", "grpc_unimplemented"],
    [429, "retry", "grpc_unavailable"],
    [502, "retry", "grpc_unavailable"],
    [503, "retry", "grpc_unavailable"],
    [504, "retry", "grpc_unavailable"],
    [500, "drop", "grpc_unknown"],
    [204, "drop", "grpc_unknown"]
  ] as const)("%d is to %s: %s", (status, what, reason) => {
    assert.propertyVal(verdict(codeOfHttp(status)), what, reason)
  })
})

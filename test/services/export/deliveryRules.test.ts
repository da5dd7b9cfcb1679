import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import {
  asksForLess,
  type HttpAnswer,
  judge,
  MAX_MESSAGE_LENGTH,
  MAX_RETRY_AFTER_MS,
  retryAfterMillis
} from "../../../src/services/export/deliveryRules.ts"
import { Permanent, Retryable } from "../../../src/services/export/TraceSink.ts"

const NOW = Date.UTC(2026, 10, 24, 12, 0, 0)

const proto = (response: HttpAnswer["response"], status = 200): HttpAnswer => ({
  status,
  contentType: "application/x-protobuf",
  response,
  bodyBytes: 4
})

const bare = (status: number, rest: Partial<HttpAnswer> = {}): HttpAnswer => ({ status, bodyBytes: 0, ...rest })

const verdict = (answer: HttpAnswer) => {
  const judged = judge(answer, NOW)
  if (Result.isSuccess(judged)) return { accepted: judged.success }
  const { failure } = judged
  return failure instanceof Retryable
    ? { retry: failure.reason, ...(failure.retryAfterMs === undefined ? {} : { afterMs: failure.retryAfterMs }) }
    : { drop: failure.reason, fault: failure.fault, message: failure.message }
}

describe("success", () => {
  const rows: ReadonlyArray<readonly [string, HttpAnswer, object]> = [
    ["200 without a body", bare(200), { rejectedSpans: 0 }],
    ["204", bare(204), { rejectedSpans: 0 }],
    ["202 with an empty response", proto({ rejectedSpans: 0, errorMessage: "" }, 202), { rejectedSpans: 0 }],
    ["299", bare(299), { rejectedSpans: 0 }],
    ["partial success", proto({ rejectedSpans: 3, errorMessage: "too old" }), { rejectedSpans: 3, message: "too old" }],
    ["partial success without words", proto({ rejectedSpans: 3, errorMessage: "" }), { rejectedSpans: 3 }],
    ["a warning", proto({ rejectedSpans: 0, errorMessage: "soon" }), { rejectedSpans: 0, message: "soon" }]
  ]
  it.each(rows)("%s is accepted", (_, answer, accepted) => {
    assert.deepStrictEqual(verdict(answer), { accepted } as ReturnType<typeof verdict>)
  })

  it("an undecodable body or a wrong content type is accepted with a warning", () => {
    for (const answer of [
      proto(undefined),
      bare(200, { contentType: "text/html", bodyBytes: 20, response: { rejectedSpans: 7, errorMessage: "" } }),
      bare(200, { bodyBytes: 20 })
    ]) {
      const judged = judge(answer, NOW)
      assert.isTrue(
        Result.isSuccess(judged) && judged.success.rejectedSpans === 0 && judged.success.message !== undefined
      )
    }
  })

  it("the answer is in what the request was written in", () => {
    const json = { ...proto({ rejectedSpans: 2, errorMessage: "" }), contentType: "application/json" }
    assert.deepStrictEqual(verdict({ ...json, mediaType: "application/json" }), { accepted: { rejectedSpans: 2 } })
    const judged = judge(json, NOW)
    assert.isTrue(Result.isSuccess(judged) && judged.success.rejectedSpans === 0)
  })

  it("content type parameters and case do not matter", () => {
    const answer = {
      ...proto({ rejectedSpans: 2, errorMessage: "" }),
      contentType: "Application/X-Protobuf; charset=x"
    }
    assert.deepStrictEqual(verdict(answer), { accepted: { rejectedSpans: 2 } })
  })
})

describe("failure", () => {
  it.each([429, 502, 503, 504])("%d may be sent again", (status) => {
    assert.deepStrictEqual(verdict(bare(status)), { retry: `http_${status}` })
  })

  it.each([400, 402, 408, 409, 413, 422, 431, 500, 501, 505, 507, 511, 599])("%d is dropped", (status) => {
    assert.deepStrictEqual(verdict(bare(status)), { drop: `http_${status}`, fault: undefined, message: "" })
  })

  it.each([401, 403])("%d is dropped, and the key is to blame", (status) => {
    assert.deepStrictEqual(verdict(bare(status)), {
      drop: `http_${status}`,
      fault: "unauthorized",
      message: ""
    })
  })

  it.each([404, 405, 406, 415])("%d is dropped, and the entry is to blame", (status) => {
    assert.deepStrictEqual(verdict(bare(status)), {
      drop: `http_${status}`,
      fault: "misconfigured",
      message: ""
    })
  })

  it.each([300, 301, 302, 303, 304, 307, 308])("%d is not followed", (status) => {
    assert.deepStrictEqual(verdict(bare(status)), { drop: "redirect", fault: "misconfigured", message: "" })
  })

  it("only a throttling answer's Retry-After counts", () => {
    assert.deepStrictEqual(verdict(bare(429, { retryAfter: "7" })), { retry: "http_429", afterMs: 7000 })
    assert.deepStrictEqual(verdict(bare(503, { retryAfter: "7" })), { retry: "http_503", afterMs: 7000 })
    assert.deepStrictEqual(verdict(bare(502, { retryAfter: "7" })), { retry: "http_502" })
    assert.deepStrictEqual(verdict(bare(504, { retryAfter: "7" })), { retry: "http_504" })
  })

  it("keeps the destination's words, cut short", () => {
    const judged = judge(bare(400, { message: "x".repeat(2000) }), NOW)
    assert.isTrue(Result.isFailure(judged) && judged.failure instanceof Permanent)
    assert.strictEqual(verdict(bare(400, { message: "x".repeat(2000) })).message?.length, MAX_MESSAGE_LENGTH)
  })

  it("only 413 asks for smaller batches", () => {
    assert.isTrue(asksForLess(new Permanent({ reason: "http_413" })))
    assert.isFalse(asksForLess(new Permanent({ reason: "http_400" })))
  })
})

describe("Retry-After", () => {
  const rows: ReadonlyArray<readonly [string, string | undefined, number | undefined]> = [
    ["absent", undefined, undefined],
    ["seconds", "30", 30_000],
    ["seconds with space around", " 30 ", 30_000],
    ["zero", "0", undefined],
    ["an hour", "3600", 3_600_000],
    ["a week, which is cut", "604800", MAX_RETRY_AFTER_MS],
    ["more digits than a number has", "9".repeat(400), MAX_RETRY_AFTER_MS],
    ["an IMF date", "Tue, 24 Nov 2026 12:01:30 GMT", 90_000],
    ["an RFC 850 date", "Tuesday, 24-Nov-26 12:01:30 GMT", 90_000],
    ["an asctime date", "Tue Nov 24 12:01:30 2026", 90_000],
    ["a date in the past", "Tue, 24 Nov 2026 11:59:00 GMT", undefined],
    ["this very moment", "Tue, 24 Nov 2026 12:00:00 GMT", undefined],
    ["a date years ahead", "Tue, 24 Nov 2099 12:00:00 GMT", MAX_RETRY_AFTER_MS],
    ["negative", "-5", undefined],
    ["a fraction", "1.5", undefined],
    ["an exponent", "1e3", undefined],
    ["a unit", "30s", undefined],
    ["words", "soon", undefined],
    ["a weekday alone", "Tue, soon", undefined],
    ["empty", "", undefined]
  ]
  it.each(rows)("%s", (_, header, expected) => {
    assert.strictEqual(retryAfterMillis(header, NOW), expected)
  })

  it.prop("is never zero, negative, endless or no number", [Schema.String], ([header]) => {
    const wait = retryAfterMillis(header, NOW)
    assert.isTrue(wait === undefined || (wait > 0 && wait <= MAX_RETRY_AFTER_MS))
  })

  it.prop(
    "every status is accepted, retried or dropped, and only four are retried",
    [Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 }))],
    ([status]) => {
      const retried = "retry" in verdict(bare(status))
      assert.strictEqual(retried, [429, 502, 503, 504].includes(status))
      assert.strictEqual("accepted" in verdict(bare(status)), status < 300)
    }
  )
})

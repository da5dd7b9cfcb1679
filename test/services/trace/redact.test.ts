import { assert, describe, it } from "@effect/vitest"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { encodeSpans } from "../../../src/layers/otlp/encodeTraces.ts"
import { excludeRequestData } from "../../../src/services/trace/redact.ts"
import { changeSpan } from "../../../src/services/trace/spans/FinishedSpan.ts"
import type { TraceEvent } from "../../../src/services/trace/TraceEvent.ts"
import { assertConformant } from "../../conformance/assertConformant.ts"
import { decodeRequest } from "../../conformance/decodeRequest.ts"
import { anyEvent, oneOf } from "./eventArbitrary.ts"
import { outcomes } from "./events.ts"
import { requestOf, spansOf } from "./exported.ts"
import { leaky } from "./leaky.ts"

/** Letters and digits, which no JSON or URL escaping changes. */
const canary = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 35 }))), {
    minLength: 16,
    maxLength: 16
  }),
  (digits) => `K${digits.map((digit) => digit.toString(36)).join("")}`
)

/** The word itself, and as base64 wherever in a text it may have stood. */
const disguises = (word: string): ReadonlyArray<string> => [
  word,
  ...[0, 1, 2].map((shift) =>
    Buffer.from("x".repeat(shift) + word)
      .toString("base64")
      .slice(shift === 0 ? 0 : 4, -4)
  )
]

const bytesOf = (spans: ReadonlyArray<ReadableSpan>) => Buffer.from(encodeSpans(spans)).toString("latin1")

describe("excludeRequestData", () => {
  it.prop("lets no word of the request, the answer or an error body through", { word: canary }, ({ word }) => {
    for (const of of leaky(word)) {
      const spans = spansOf(of)
      assert.include(bytesOf(spans), word, "the test would see it")
      const redacted = bytesOf(excludeRequestData(spans))
      for (const disguise of disguises(word)) assert.notInclude(redacted, disguise)
    }
  })

  it("keeps tokens, cost, times, models, subject and the client's metadata", () => {
    for (const of of [outcomes.completed, outcomes["completed stream"]]) {
      const [before, after] = [spansOf(of), excludeRequestData(spansOf(of))]
      assert.deepStrictEqual(
        after.map(({ name, startTime, endTime }) => [name, startTime, endTime]),
        before.map(({ name, startTime, endTime }) => [name, startTime, endTime])
      )
      const removed = before.flatMap(({ attributes }, index) =>
        Object.keys(attributes).filter((key) => !(key in (after[index]?.attributes ?? {})))
      )
      assert.sameMembers(
        [...new Set(removed)],
        ["tfy.input", "tfy.input_short_hand", "tfy.output", "gen_ai.input.messages", "gen_ai.output.messages"]
      )
      assert.strictEqual(after[0]?.attributes["tfy.request.metadata"], '{"env":"test"}')
      assert.strictEqual(after[3]?.attributes["gen_ai.usage.input_tokens"], 20)
    }
  })

  it("keeps the cause of an error and drops its words", () => {
    const failed = excludeRequestData(spansOf(outcomes["provider 5xx"]))
    assert.deepStrictEqual(failed[0]?.status, { code: 2 })
    assert.strictEqual(failed[0]?.attributes["error.type"], "provider_503")
    assert.strictEqual(failed[0]?.attributes["tfy.error_type"], "provider_503")
    assert.notProperty(failed[0]?.attributes, "tfy.error_message")
  })

  it("takes an attribute it does not know for content, on spans, events and links", () => {
    const [span] = spansOf(outcomes.completed)
    if (span === undefined) return assert.fail("there is a root")
    const attributes = { "gen_ai.prompt.variables": "secret", "http.route": "/v1" }
    const [redacted] = excludeRequestData([
      changeSpan(span, {
        attributes,
        events: [{ name: "e", time: [1, 1], attributes }],
        links: [{ context: span.spanContext(), attributes }]
      })
    ])
    assert.deepStrictEqual(redacted?.attributes, { "http.route": "/v1" })
    assert.deepStrictEqual(redacted?.events[0]?.attributes, { "http.route": "/v1" })
    assert.deepStrictEqual(redacted?.links[0]?.attributes, { "http.route": "/v1" })
  })

  it.prop("changes neither what it is given nor a second time what it gave", { of: anyEvent }, ({ of }) => {
    const spans = spansOf(of)
    const before = bytesOf(spans)
    const once = excludeRequestData(spans)
    assert.strictEqual(bytesOf(spans), before)
    assert.strictEqual(bytesOf(excludeRequestData(once)), bytesOf(once))
  })

  it.prop("leaves traces that conform", { of: oneOf(Object.values<TraceEvent>(outcomes)) }, ({ of }) => {
    assertConformant([decodeRequest(requestOf(excludeRequestData(spansOf(of))))])
  })
})

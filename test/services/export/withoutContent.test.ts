import { assert, describe, it } from "@effect/vitest"
import { resourceFromAttributes } from "@opentelemetry/resources"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { encodeSpans } from "../../../src/layers/otlp/encodeTraces.ts"
import { withoutContent } from "../../../src/services/export/withoutContent.ts"
import { expand } from "../../../src/services/trace/expand.ts"
import { excludeRequestData } from "../../../src/services/trace/redact.ts"
import { changeSpan } from "../../../src/services/trace/spans/FinishedSpan.ts"
import type { TraceEvent } from "../../../src/services/trace/TraceEvent.ts"
import { anyEvent, realEvent } from "../trace/eventArbitrary.ts"
import { leaky } from "../trace/leaky.ts"

const resource = resourceFromAttributes({})
const scope = { name: "spangate" }

/** They tell of the captured bytes, of which there are none any more. */
const CUTS = ["gateway.input_truncated", "gateway.output_truncated"]

const withoutCuts = (span: ReadableSpan): ReadableSpan =>
  changeSpan(span, {
    attributes: Object.fromEntries(Object.entries(span.attributes).filter(([name]) => !CUTS.includes(name)))
  })

/** As they go out. */
const redacted = (event: TraceEvent) =>
  Buffer.from(encodeSpans(excludeRequestData(expand(event, resource, scope)).map(withoutCuts))).toString("latin1")

describe("withoutContent", () => {
  it("leaves no word of what the caller or the provider said", () => {
    for (const event of leaky("canary-7f3a")) {
      const bare = withoutContent(event)
      assert.notInclude(JSON.stringify(bare.header), "canary-7f3a")
      assert.deepStrictEqual([bare.request.length, bare.response.length], [0, 0])
    }
  })

  it.prop(
    "expands to what Exclude Request Data leaves of the whole event, but for what was cut",
    [realEvent],
    ([event]) => {
      assert.strictEqual(redacted(withoutContent(event)), redacted(event))
    }
  )

  it.prop("so do events that make no sense", [anyEvent], ([event]) => {
    assert.strictEqual(redacted(withoutContent(event)), redacted(event))
  })

  it.prop("a second time changes nothing", [anyEvent], ([event]) => {
    const once = withoutContent(event)
    assert.deepStrictEqual(withoutContent(once), once)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { resourceFromAttributes } from "@opentelemetry/resources"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import * as Schema from "effect/Schema"
import { encodeSpans } from "../../../src/layers/otlp/encodeTraces.ts"
import { cutContent } from "../../../src/services/export/cutContent.ts"
import { type Expansion, expansionOf } from "../../../src/services/export/Expansion.ts"
import { eventPieces } from "../../../src/services/export/frameParts.ts"
import type { TraceSink } from "../../../src/services/export/TraceSink.ts"
import { attributes as table } from "../../../src/services/trace/attributes.ts"
import { expand } from "../../../src/services/trace/expand.ts"
import type { TraceEvent } from "../../../src/services/trace/TraceEvent.ts"
import { assertGenAiContent } from "../../conformance/assertGenAiContent.ts"
import { attempt, event, REQUEST, RESPONSE } from "../trace/events.ts"
import { destination } from "./harness.ts"

const resource = resourceFromAttributes({ "service.name": "spangate" })
const scope = { name: "spangate", version: "1" }
const sink: TraceSink = {
  resource,
  senderOf: () => ({ resource, bytes: 0 }),
  scope,
  encode: encodeSpans,
  envelopeBytes: 100,
  prepare: () => {
    throw new Error("nothing is sent here")
  }
}

const EMOJI = "🦊"

const answer = (content: string) => ({
  ...RESPONSE,
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }]
})

/** A request whose prompt, tools and answer are large, and full of what is awkward to cut. */
const heavy = (units: number, tools = 0): TraceEvent =>
  event(
    { attempts: [attempt()] },
    {
      ...REQUEST,
      messages: [
        { role: "system", content: "Be brief." },
        ...Array.from({ length: 3 }, (_, index) => ({
          role: "user",
          content: `${index}: ${`"é${EMOJI}\\\n`.repeat(units)}`
        }))
      ],
      tools: Array.from({ length: tools }, (_, index) => ({
        type: "function",
        function: { name: `tool_${index}`, description: "d".repeat(40), parameters: { type: "object" } }
      }))
    },
    answer(EMOJI.repeat(units))
  )

const piecesUnder = (one: TraceEvent, maxBytes: number, expansion: Expansion = expansionOf(destination("a"), sink)) =>
  eventPieces(one, expansion, { maxBytes, maxSpans: 1000 })

const attributesOf = (spans: ReadonlyArray<ReadableSpan>) =>
  spans.map((span) => new Map(Object.entries(span.attributes)))

const assertWhole = (spans: ReadonlyArray<ReadableSpan>) => {
  for (const attributes of attributesOf(spans)) {
    assertGenAiContent(attributes)
    for (const name of ["tfy.input", "tfy.output"]) {
      const value = attributes.get(name)
      if (value !== undefined) JSON.parse(String(value))
    }
    for (const [name, value] of attributes) {
      if (typeof value === "string") assert.isTrue(value.isWellFormed(), name)
    }
  }
}

describe("a trace over the batch's bytes", () => {
  it("goes span by span with all its content where that is enough", () => {
    const one = heavy(2000)
    const whole = expand(one, resource, scope)
    const largest = Math.max(...whole.map((span) => encodeSpans([span]).length))
    const pieces = piecesUnder(one, largest)
    assert.strictEqual(pieces.length, whole.length)
    assert.deepStrictEqual(
      pieces.flatMap((piece) => piece.spans().map((span) => span.attributes)),
      whole.map((span) => span.attributes)
    )
  })

  it("is cut inside its content, stays JSON of the conventions, and says how large it was", () => {
    const one = heavy(50_000)
    const whole = expand(one, resource, scope)
    const maxBytes = 100_000
    const pieces = piecesUnder(one, maxBytes)
    const spans = pieces.flatMap((piece) => piece.spans())
    assert.deepStrictEqual(
      spans.map((span) => span.spanContext().spanId),
      whole.map((span) => span.spanContext().spanId)
    )
    assertWhole(spans)
    for (const [at, piece] of pieces.entries()) {
      assert.isAtMost(piece.bytes.length, maxBytes)
      const before = whole[at]?.attributes ?? {}
      for (const [name, value] of Object.entries(before)) {
        const after = spans[at]?.attributes[name]
        if (JSON.stringify(after) === JSON.stringify(value)) continue
        assert.isTrue(table.get(name)?.content, `${name} is no content`)
        const original = spans[at]?.attributes[`gateway.original_size.${name}`]
        assert.strictEqual(original, Buffer.byteLength(String(value)), name)
      }
    }
    const root = spans[0]?.attributes ?? {}
    assert.deepStrictEqual([root["gateway.input_truncated"], root["gateway.output_truncated"]], [true, true])
    assert.include(String(root["tfy.input"]), EMOJI)
    const content = Object.entries(root).filter(([name]) => table.get(name)?.content === true)
    const kept = content.reduce((sum, [, value]) => sum + Buffer.byteLength(String(value)), 0)
    assert.isAbove(kept, 0.85 * maxBytes, "what fits is kept")
  })

  it("keeps the ends of a list of too many tools", () => {
    const pieces = piecesUnder(heavy(10, 20_000), 60_000)
    const spans = pieces.flatMap((piece) => piece.spans())
    assertWhole(spans)
    const definitions = spans
      .map((span) => span.attributes["gen_ai.tool.definitions"])
      .find((found) => found !== undefined)
    assert.include(String(definitions), "tool_0")
    assert.include(String(definitions), "tool_19999")
  })

  it("goes without content where only that fits, and is given up where not even that does", () => {
    const one = heavy(1000)
    const sizes = expand(one, resource, scope).map((span) => encodeSpans([cutContent(span, 0)]).length)
    const bare = Math.max(...sizes)
    const bareSpans = piecesUnder(one, bare).flatMap((piece) => piece.spans())
    assert.strictEqual(bareSpans.length, 4)
    const heaviest = bareSpans[sizes.indexOf(bare)]
    assert.notProperty(heaviest?.attributes, "tfy.input")
    assert.isAbove(heaviest?.droppedAttributesCount ?? 0, 0)
    const lost = piecesUnder(one, bare - 1).flatMap((piece) => piece.lost ?? [])
    assert.isTrue(
      lost.length > 0 && lost.every(({ reason, spanIds }) => reason === "too_large" && spanIds.length === 1)
    )
  })

  it("does not get attributes that the destination must not have", () => {
    const redaction = { allowAttributes: ["tfy.input"], denyAttributes: [], mask: [] }
    const expansion = expansionOf(destination("a", { redaction }), sink)
    const spans = piecesUnder(heavy(50_000), 100_000, expansion).flatMap((piece) => piece.spans())
    const names = new Set(spans.flatMap((span) => Object.keys(span.attributes)))
    assert.deepStrictEqual([...names], ["tfy.input"])
  })

  it.prop(
    "whatever its size and the limit: every piece fits, every span is there or accounted for, all JSON stays whole",
    {
      units: Schema.Literals([0, 1, 30, 1000, 20_000]),
      tools: Schema.Literals([0, 1, 300]),
      maxBytes: Schema.Int.check(Schema.isBetween({ minimum: 100, maximum: 60_000 }))
    },
    ({ maxBytes, tools, units }) => {
      const one = heavy(units, tools)
      const pieces = piecesUnder(one, maxBytes)
      const spans = pieces.flatMap((piece) => piece.spans())
      for (const piece of pieces) assert.isAtMost(piece.bytes.length, maxBytes)
      const lost = pieces.flatMap((piece) => piece.lost?.spanIds ?? [])
      assert.deepStrictEqual(
        [...spans.map((span) => span.spanContext().spanId), ...lost].sort(),
        expand(one, resource, scope)
          .map((span) => span.spanContext().spanId)
          .sort()
      )
      assertWhole(spans)
    },
    { arbitrary: { runs: 40 } }
  )
})

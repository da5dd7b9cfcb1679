import { assert, describe, it } from "@effect/vitest"
import type { Attributes } from "@opentelemetry/api"
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer"
import * as Arbitrary from "effect/Arbitrary"
import { encodeRequest, encodeSpans, requestSize } from "../../../src/layers/otlp/encodeTraces.ts"
import { attributes, SCHEMA_URL } from "../../../src/services/trace/attributes.ts"
import {
  type DecodedAttribute,
  type DecodedSpan,
  type DecodedValue,
  decodeRequest,
  decodeSpans
} from "../../conformance/decodeRequest.ts"
import { resource, scope, span, spanWith } from "./spanArbitrary.ts"

const spans = Arbitrary.array(span, { maxLength: 4 })

const request = (chunks: ReadonlyArray<Uint8Array>) => encodeRequest(resource.attributes, scope, SCHEMA_URL, chunks)

describe("encodeSpans", () => {
  it.prop("says what the OpenTelemetry serializer says, but for the differences we want", { spans }, ({ spans }) => {
    const official = decodeRequest(ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array())
    const expected = (official.resourceSpans?.[0]?.scopeSpans?.[0]?.spans ?? []).map(wanted)
    assert.deepStrictEqual(decodeSpans(encodeSpans(spans)), expected)
  })

  it.prop("gives one span's bytes the same alone, in company, and again", { spans }, ({ spans }) => {
    const alone = spans.map((span) => encodeSpans([span]))
    assert.deepStrictEqual(Buffer.from(encodeSpans(spans)), Buffer.concat(alone))
    assert.deepStrictEqual(Buffer.from(encodeSpans(spans)), Buffer.concat(alone))
  })

  it("keeps doubles doubles where the table says so, and unknown whole numbers ints", () => {
    const values = { "gen_ai.request.temperature": 1, "gen_ai.request.top_p": 0, "gen_ai.request.seed": 2, "x.y": 3 }
    assert.deepStrictEqual(encoded(values), [
      { key: "gen_ai.request.temperature", value: { doubleValue: 1 } },
      { key: "gen_ai.request.top_p", value: { doubleValue: 0 } },
      { key: "gen_ai.request.seed", value: { intValue: "2" } },
      { key: "x.y", value: { intValue: "3" } }
    ])
  })

  it("leaves out what has no value", () => {
    const nothing = { "": "x", a: Number.NaN, b: Number.POSITIVE_INFINITY, c: undefined, d: null }
    assert.deepStrictEqual(encoded(nothing as unknown as Attributes), [])
    assert.deepStrictEqual(encoded({ list: ["a", null, undefined, "b"] }), [
      { key: "list", value: { arrayValue: { values: [{ stringValue: "a" }, { stringValue: "b" }] } } }
    ])
  })

  it("writes half characters as U+FFFD, in short and long text alike", () => {
    for (const pad of ["", "x".repeat(100), "é".repeat(100)]) {
      assert.deepStrictEqual(encoded({ a: `${pad}\ud83d|\ude00|\u{1f600}\u0000` }), [
        { key: "a", value: { stringValue: `${pad}\ufffd|\ufffd|\u{1f600}\u0000` } }
      ])
    }
  })

  it("carries a megabyte of any text, and is small again after it", () => {
    for (const unit of ["a", "é", "漢", "\u{1f600}"]) {
      const long = unit.repeat(1024 * 1024)
      assert.deepStrictEqual(encoded({ long, after: 1 }), [
        { key: "long", value: { stringValue: long } },
        { key: "after", value: { intValue: "1" } }
      ])
    }
    assert.deepStrictEqual(encoded({ a: "b" }), [{ key: "a", value: { stringValue: "b" } }])
  })

  it("carries a thousand attributes and nesting far deeper than any we make", () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key.${index}`, `value ${index}`]))
    assert.strictEqual(encoded(many).length, 1000)
    let deep: unknown = "bottom"
    for (let i = 0; i < 20; i++) deep = i % 2 === 0 ? [deep] : { in: deep }
    assert.include(JSON.stringify(encoded({ deep } as unknown as Attributes)), "bottom")
  })

  it("writes times to the nanosecond beyond what a double holds", () => {
    const [decoded] = decodeSpans(
      encodeSpans([spanWith({}, { startTime: [1_764_000_000, 1], endTime: [4_102_444_799, 999_999_999] })])
    )
    assert.strictEqual(decoded?.startTimeUnixNano, "1764000000000000001")
    assert.strictEqual(decoded?.endTimeUnixNano, "4102444799999999999")
  })

  it("is not broken by a span that throws half-way", () => {
    const broken = spanWith(
      {},
      {
        spanContext: () => {
          throw new Error("no context")
        }
      }
    )
    assert.throws(() => encodeSpans([spanWith({ a: 1 }), broken]))
    assert.deepStrictEqual(encoded({ a: "b" }), [{ key: "a", value: { stringValue: "b" } }])
  })
})

describe("encodeRequest", () => {
  it.prop(
    "wraps chunks in one resource and one scope, of exactly the size foretold",
    { spans, more: spans },
    ({ spans, more }) => {
      const chunks = [encodeSpans(spans), encodeSpans(more)]
      const bytes = request(chunks)
      const spanBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      if (spanBytes === 0) return assert.strictEqual(bytes.length, 0)
      assert.strictEqual(bytes.length, requestSize(resource.attributes, scope, SCHEMA_URL, spanBytes))
      assert.deepStrictEqual(decodeRequest(bytes), {
        resourceSpans: [
          {
            resource: {
              attributes: [
                { key: "service.name", value: { stringValue: "spangate" } },
                { key: "host.name", value: { stringValue: "h" } }
              ]
            },
            scopeSpans: [{ scope, spans: chunks.flatMap((chunk) => decodeSpans(chunk)), schemaUrl: SCHEMA_URL }],
            schemaUrl: SCHEMA_URL
          }
        ]
      })
    }
  )

  it("foretells the size on both sides of every length that takes another byte", () => {
    for (const length of [1, 100, 127, 128, 16_000, 16_383, 16_384, 2_097_000, 2_097_151, 2_097_152]) {
      const chunk = new Uint8Array(length)
      assert.strictEqual(request([chunk]).length, requestSize(resource.attributes, scope, SCHEMA_URL, length))
    }
  })

  it("makes no empty envelope", () => {
    assert.strictEqual(request([]).length, 0)
    assert.strictEqual(request([encodeSpans([])]).length, 0)
  })
})

const encoded = (values: Attributes): ReadonlyArray<DecodedAttribute> =>
  decodeSpans(encodeSpans([spanWith(values)]))[0]?.attributes ?? []

/** The serializer's span with the differences that are ours: nothing for zero counts and an empty status, typed doubles, no empty values. */
const wanted = (official: DecodedSpan): DecodedSpan => {
  const { attributes, events, links, status = {}, ...rest } = official
  const said = withoutEmpty(status)
  return withoutEmpty({
    ...rest,
    attributes: wantedAttributes(attributes),
    events: (events ?? []).map((event) => withoutEmpty({ ...event, attributes: wantedAttributes(event.attributes) })),
    links: (links ?? []).map((link) => withoutEmpty({ ...link, attributes: wantedAttributes(link.attributes) })),
    ...(Object.keys(said).length === 0 ? {} : { status: said })
  })
}

const withoutEmpty = <A extends object>(message: A): A =>
  Object.fromEntries(
    Object.entries(message).filter(
      ([, value]) => value !== undefined && value !== 0 && value !== "" && !(Array.isArray(value) && value.length === 0)
    )
  ) as A

const wantedAttributes = (list: ReadonlyArray<DecodedAttribute> | undefined): ReadonlyArray<DecodedAttribute> =>
  (list ?? []).flatMap(({ key, value }) => {
    const kept = wantedValue(value, attributes.get(key ?? "")?.type === "double")
    return key === undefined || key === "" || kept === undefined ? [] : [{ key, value: kept }]
  })

const wantedValue = (value: DecodedValue | undefined, double: boolean): DecodedValue | undefined => {
  if (value === undefined || Object.keys(value).length === 0) return undefined
  if (value.doubleValue !== undefined && !Number.isFinite(value.doubleValue)) return undefined
  if (value.intValue !== undefined && double) return { doubleValue: Number(value.intValue) }
  if (value.arrayValue !== undefined) {
    const values = (value.arrayValue.values ?? []).flatMap((item) => wantedValue(item, false) ?? [])
    return { arrayValue: values.length === 0 ? {} : { values } }
  }
  if (value.kvlistValue !== undefined) {
    const values = wantedAttributes(value.kvlistValue.values)
    return { kvlistValue: values.length === 0 ? {} : { values } }
  }
  return value
}

import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import type { Attributes } from "@opentelemetry/api"
import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import * as Arbitrary from "effect/Arbitrary"
import { decodeJson } from "../../../src/layers/fake/middleware/otlpJson.ts"
import { decodeProtobuf } from "../../../src/layers/fake/middleware/otlpProtobuf.ts"
import { encodeRequest, encodeSpans } from "../../../src/layers/otlp/encodeTraces.ts"
import { encodeSpansJson, jsonEnvelope } from "../../../src/layers/otlp/encodeTracesJson.ts"
import { SCHEMA_URL, attributes as table } from "../../../src/services/trace/attributes.ts"
import type {
  DecodedAttribute,
  DecodedEvent,
  DecodedLink,
  DecodedSpan,
  DecodedValue
} from "../../conformance/decodeRequest.ts"
import { resource, scope, span, spanWith } from "./spanArbitrary.ts"

const spans = Arbitrary.array(span, { maxLength: 4 })

const envelope = jsonEnvelope(resource.attributes, scope, SCHEMA_URL)

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Throws where the bytes are no JSON in UTF-8. */
const parse = (bytes: Uint8Array): unknown => JSON.parse(strict.decode(bytes))

/** JSON has ids in hex where protobuf has bytes; the rest is alike. */
type WithIds<A> = { readonly [K in keyof A]: NonNullable<A[K]> extends Uint8Array ? string : A[K] }
interface JsonSpan extends Omit<WithIds<DecodedSpan>, "links"> {
  readonly links?: ReadonlyArray<WithIds<DecodedLink>>
}
interface JsonRequest {
  readonly resourceSpans: ReadonlyArray<{
    readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<JsonSpan> }>
  }>
}

const spansIn = (request: JsonRequest): ReadonlyArray<JsonSpan> => request.resourceSpans[0]?.scopeSpans[0]?.spans ?? []

const spansOf = (list: ReadonlyArray<ReadableSpan>): ReadonlyArray<JsonSpan> => {
  const chunk = encodeSpansJson(list)
  return parse(Buffer.from(`[${strict.decode(chunk.subarray(1))}]`)) as ReadonlyArray<JsonSpan>
}

const spanOf = (span: ReadableSpan): JsonSpan => spansOf([span])[0] ?? assert.fail("no span")

const attributesOf = (values: Attributes): ReadonlyArray<DecodedAttribute> => spanOf(spanWith(values)).attributes ?? []

describe("encodeSpansJson", () => {
  it.prop("says what the OpenTelemetry serializer says, but for the differences we want", { spans }, ({ spans }) => {
    const official = parse(JsonTraceSerializer.serializeRequest([...spans]) ?? new Uint8Array()) as JsonRequest
    assert.deepStrictEqual(spansOf(spans), spansIn(official).map(wantedSpan))
  })

  it.prop("says what our protobuf says, to decoders of neither", { spans }, ({ spans }) => {
    const bytes = envelope.around([encodeSpansJson(spans)])
    const json = decodeJson(bytes.length === 0 ? Buffer.from("{}") : bytes)
    const proto = decodeProtobuf(encodeRequest(resource.attributes, scope, SCHEMA_URL, [encodeSpans(spans)]))
    assert.deepStrictEqual(json, proto)
    assert.deepStrictEqual(json.unknownFields, [])
  })

  it.prop("gives one span's bytes the same alone, in company, and again", { spans }, ({ spans }) => {
    const alone = spans.map((span) => encodeSpansJson([span]))
    assert.deepStrictEqual(Buffer.from(encodeSpansJson(spans)), Buffer.concat(alone))
    assert.deepStrictEqual(Buffer.from(encodeSpansJson(spans)), Buffer.concat(alone))
  })

  it("keeps doubles doubles where the table says so, and writes ints as text", () => {
    const values = { "gen_ai.request.temperature": 1, "gen_ai.request.top_p": 0, "gen_ai.request.seed": 2, "x.y": 3 }
    assert.deepStrictEqual(attributesOf(values), [
      { key: "gen_ai.request.temperature", value: { doubleValue: 1 } },
      { key: "gen_ai.request.top_p", value: { doubleValue: 0 } },
      { key: "gen_ai.request.seed", value: { intValue: "2" } },
      { key: "x.y", value: { intValue: "3" } }
    ])
  })

  it("writes every digit of a number beyond what doubles print", () => {
    assert.deepStrictEqual(attributesOf({ a: 2 ** 62, b: -(2 ** 63), c: 2 ** 63 }), [
      { key: "a", value: { intValue: "4611686018427387904" } },
      { key: "b", value: { intValue: "-9223372036854775808" } },
      { key: "c", value: { doubleValue: 2 ** 63 } }
    ])
  })

  it("leaves out what has no value, also inside", () => {
    const nothing = { "": "x", a: Number.NaN, b: Number.POSITIVE_INFINITY, c: undefined, d: null, e: [null, 1], f: {} }
    assert.deepStrictEqual(attributesOf(nothing as unknown as Attributes), [
      { key: "e", value: { arrayValue: { values: [{ intValue: "1" }] } } },
      { key: "f", value: { kvlistValue: { values: [] } } }
    ])
    assert.notInclude(Buffer.from(encodeSpansJson([spanWith(nothing as unknown as Attributes)])).toString(), "null")
  })

  it("writes half characters as U+FFFD and not as escapes, in keys and values, short and long", () => {
    for (const pad of ["", "x".repeat(100), "é".repeat(100)]) {
      const key = `${pad}\ud83d`
      assert.deepStrictEqual(attributesOf({ [key]: `${pad}\ud83d|\ude00|\u{1f600}\u0000"\\\n` }), [
        { key: `${pad}\ufffd`, value: { stringValue: `${pad}\ufffd|\ufffd|\u{1f600}\u0000"\\\n` } }
      ])
    }
  })

  it("leaves alone a text that only looks like an escape of half a character", () => {
    const text = String.raw`\ud83d \\ud83d \u0000 "\ud83d`
    assert.deepStrictEqual(attributesOf({ a: `${text}\ud83d` }), [
      { key: "a", value: { stringValue: `${text}\ufffd` } }
    ])
  })

  it("carries a megabyte of any text, a thousand attributes, and nesting far deeper than any we make", () => {
    for (const unit of ["a", '"', "é", "漢", "\u{1f600}"]) {
      const long = unit.repeat(1024 * 1024)
      assert.isTrue(attributesOf({ long })[0]?.value?.stringValue === long)
    }
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key.${index}`, `value ${index}`]))
    assert.strictEqual(attributesOf(many).length, 1000)
    let deep: unknown = "bottom"
    for (let i = 0; i < 20; i++) deep = i % 2 === 0 ? [deep] : { in: deep }
    assert.include(JSON.stringify(attributesOf({ deep } as unknown as Attributes)), "bottom")
  })

  it("writes times to the nanosecond beyond what a double holds, and near 1970", () => {
    const late = spanOf(spanWith({}, { startTime: [1_764_000_000, 1], endTime: [4_102_444_799, 999_999_999] }))
    assert.deepStrictEqual(
      [late.startTimeUnixNano, late.endTimeUnixNano],
      ["1764000000000000001", "4102444799999999999"]
    )
    const early = spanOf(spanWith({}, { startTime: [0, 0], endTime: [0, 12] }))
    assert.deepStrictEqual([early.startTimeUnixNano, early.endTimeUnixNano], ["0", "12"])
  })

  it("writes the specification's own example as it stands there", () => {
    const file = readFileSync(new URL("../../fixtures/fake/otlp-trace-example.json", import.meta.url))
    const [example = {}] = spansIn(parse(file) as JsonRequest)
    const { flags, ...written } = spanOf(
      spanWith(
        { "my.span.attr": "some value" },
        {
          name: "I'm a server span",
          kind: 1,
          startTime: [1_544_712_660, 0],
          endTime: [1_544_712_661, 0],
          spanContext: () => ({
            traceId: "5b8efff798038103d269b633813fc60c",
            spanId: "eee19b7ec3c1b174",
            traceFlags: 1
          }),
          parentSpanContext: { traceId: "", spanId: "eee19b7ec3c1b173", traceFlags: 1 }
        }
      )
    )
    assert.strictEqual(flags, 0x101)
    assert.deepStrictEqual(written, {
      ...example,
      traceId: example.traceId?.toLowerCase() ?? "",
      spanId: example.spanId?.toLowerCase() ?? "",
      parentSpanId: example.parentSpanId?.toLowerCase() ?? ""
    })
  })
})

describe("jsonEnvelope", () => {
  it.prop(
    "puts any chunks into one resource and one scope, and weighs what was foretold",
    { spans, more: spans },
    ({ spans, more }) => {
      const chunks = [encodeSpansJson(spans), encodeSpansJson(more)]
      const bytes = envelope.around(chunks)
      const spanBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      if (spanBytes === 0) return assert.strictEqual(bytes.length, 0)
      assert.strictEqual(bytes.length, envelope.bytes + spanBytes)
      assert.deepStrictEqual(parse(bytes), {
        resourceSpans: [
          {
            resource: {
              attributes: [
                { key: "service.name", value: { stringValue: "spangate" } },
                { key: "host.name", value: { stringValue: "h" } }
              ]
            },
            scopeSpans: [{ scope, spans: spansOf([...spans, ...more]), schemaUrl: SCHEMA_URL }],
            schemaUrl: SCHEMA_URL
          }
        ]
      })
    }
  )

  it("makes no empty envelope", () => {
    assert.strictEqual(envelope.around([]).length, 0)
    assert.strictEqual(envelope.around([encodeSpansJson([])]).length, 0)
  })
})

/** The serializer's span with the differences that are ours: nothing for what is empty or zero, typed doubles, exact ints. */
const wantedSpan = (official: JsonSpan): JsonSpan => {
  const { attributes, events, links, status = {}, ...rest } = official
  const said = wantedMembers(status)
  return wantedMembers({
    ...rest,
    attributes: wantedAttributes(attributes),
    events: (events ?? []).map(wantedEvent),
    links: (links ?? []).map((link) => wantedMembers({ ...link, attributes: wantedAttributes(link.attributes) })),
    ...(Object.keys(said).length === 0 ? {} : { status: said })
  })
}

const wantedEvent = ({ attributes, ...event }: DecodedEvent): DecodedEvent =>
  wantedMembers({ ...event, attributes: wantedAttributes(attributes) })

const wellFormed = (text: string): string => text.toWellFormed()

const wantedMembers = <A extends object>(message: A): A =>
  Object.fromEntries(
    Object.entries(message)
      .filter(
        ([, value]) =>
          value !== undefined && value !== 0 && value !== "" && !(Array.isArray(value) && value.length === 0)
      )
      .map(([name, value]) => [name, typeof value === "string" ? wellFormed(value) : value])
  ) as A

const wantedAttributes = (list: ReadonlyArray<DecodedAttribute> | undefined): ReadonlyArray<DecodedAttribute> =>
  (list ?? []).flatMap(({ key = "", value }) => {
    const kept = wantedValue(value, table.get(key)?.type === "double")
    return key === "" || kept === undefined ? [] : [{ key: wellFormed(key), value: kept }]
  })

const wantedValue = (value: DecodedValue | undefined, double: boolean): DecodedValue | undefined => {
  if (value === undefined || Object.keys(value).length === 0) return undefined
  if (value.stringValue !== undefined) return { stringValue: wellFormed(value.stringValue) }
  if (value.intValue !== undefined) {
    const number = Number(value.intValue)
    // The serializer takes any whole number for an int.
    return double || Math.abs(number) > 2 ** 63 || number === 2 ** 63
      ? { doubleValue: number }
      : { intValue: String(BigInt(value.intValue)) }
  }
  // What JSON has no number for became null on the way.
  if (value.doubleValue === null) return undefined
  if (value.arrayValue !== undefined) {
    return { arrayValue: { values: (value.arrayValue.values ?? []).flatMap((item) => wantedValue(item, false) ?? []) } }
  }
  return value.kvlistValue === undefined
    ? value
    : { kvlistValue: { values: wantedAttributes(value.kvlistValue.values) } }
}

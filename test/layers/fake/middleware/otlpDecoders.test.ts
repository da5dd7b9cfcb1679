import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Undecodable } from "../../../../src/layers/fake/middleware/OtlpTrace.ts"
import { decodeJson } from "../../../../src/layers/fake/middleware/otlpJson.ts"
import { decodeProtobuf } from "../../../../src/layers/fake/middleware/otlpProtobuf.ts"
import { encodeOfficially, toOtlpJson } from "./officialProtobuf.ts"
import { exportRequest } from "./otlpArbitrary.ts"

const json = (value: unknown) => Buffer.from(JSON.stringify(value))

describe("decodeProtobuf", () => {
  it.prop("reads what protobufjs writes by the official .proto files", { request: exportRequest }, ({ request }) => {
    const decoded = decodeProtobuf(encodeOfficially(request))
    assert.deepStrictEqual(decoded.request, request)
    assert.deepStrictEqual(decoded.unknownFields, [])
  })

  it.prop(
    "reads two requests written one after the other as one",
    { first: exportRequest, second: exportRequest },
    ({ first, second }) => {
      const bytes = Buffer.concat([encodeOfficially(first), encodeOfficially(second)])
      const resourceSpans = [...first.resourceSpans, ...second.resourceSpans]
      assert.deepStrictEqual(decodeProtobuf(bytes).request, { resourceSpans })
    }
  )

  it.prop(
    "reads any bytes, or says that it cannot",
    {
      request: exportRequest,
      at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 400 })),
      byte: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))
    },
    ({ request, at, byte }) => {
      const bytes = Uint8Array.from(encodeOfficially(request))
      if (bytes.length > 0) bytes[at % bytes.length] = byte
      try {
        decodeProtobuf(bytes)
      } catch (error) {
        assert.instanceOf(error, Undecodable)
      }
    }
  )

  it("refuses a message that ends inside a field", () => {
    const bytes = encodeOfficially({ resourceSpans: [] })
    assert.strictEqual(bytes.length, 0)
    assert.throws(() => decodeProtobuf(Uint8Array.of(0x0a, 0x05, 0x12)), Undecodable)
  })

  it("refuses an id of a wrong length, a string that is not UTF-8, and a wrong wire type", () => {
    const span = (...field: Array<number>) => {
      const scopeSpans = [0x12, field.length, ...field]
      const resourceSpans = [0x12, scopeSpans.length, ...scopeSpans]
      return Uint8Array.from([0x0a, resourceSpans.length, ...resourceSpans])
    }
    assert.strictEqual(decodeProtobuf(span(0x2a, 1, 0x61)).request.resourceSpans[0]?.scopeSpans[0]?.spans[0]?.name, "a")
    assert.throws(() => decodeProtobuf(span(0x12, 3, 1, 2, 3)), /an id of 3 bytes/)
    assert.throws(() => decodeProtobuf(span(0x2a, 2, 0xc3, 0x28)), /not valid UTF-8/)
    assert.throws(() => decodeProtobuf(span(0x28, 1)), /Span.5 has wire type 0, not 2/)
  })

  it("skips fields it does not know and names them", () => {
    const decoded = decodeProtobuf(Uint8Array.of(0x0a, 0x05, 0x7a, 0x03, 1, 2, 3, 0x10, 0x01))
    assert.strictEqual(decoded.request.resourceSpans.length, 1)
    assert.deepStrictEqual(decoded.unknownFields, ["ResourceSpans.15", "ExportTraceServiceRequest.2"])
  })

  it("refuses values nested beyond reason", () => {
    let value = Buffer.alloc(0)
    const wrap = (tag: number, inner: Buffer) => {
      const length = inner.length < 128 ? [inner.length] : [(inner.length & 0x7f) | 0x80, inner.length >> 7]
      return Buffer.concat([Uint8Array.from([tag, ...length]), inner])
    }
    for (let i = 0; i < 100; i++) value = wrap(0x2a, wrap(0x0a, value))
    const request = wrap(0x0a, wrap(0x0a, wrap(0x0a, wrap(0x12, value))))
    assert.throws(() => decodeProtobuf(request), /nested too deep/)
  })
})

describe("decodeJson", () => {
  it.prop("reads from OTLP/JSON what protobuf says", { request: exportRequest }, ({ request }) => {
    const decoded = decodeJson(json(toOtlpJson(request)))
    assert.deepStrictEqual(decoded.request, decodeProtobuf(encodeOfficially(request)).request)
    assert.deepStrictEqual(decoded.unknownFields, [])
  })

  it("reads the specification's own example", () => {
    const example = readFileSync(new URL("../../../fixtures/fake/otlp-trace-example.json", import.meta.url))
    const [resourceSpans] = decodeJson(example).request.resourceSpans
    const span = resourceSpans?.scopeSpans[0]?.spans[0]
    assert.deepStrictEqual(resourceSpans?.resource.attributes, [
      { key: "service.name", value: { stringValue: "my.service" } }
    ])
    assert.strictEqual(span?.traceId, "5b8efff798038103d269b633813fc60c")
    assert.strictEqual(span?.startTimeUnixNano, 1544712660000000000n)
    assert.strictEqual(span?.kind, 2)
  })

  const inSpan = (span: unknown) => json({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })

  it.each([
    ["base64 ids", { traceId: "W47/95gDgQPSabYzgT/GDA==" }],
    ["enums by name", { kind: "SPAN_KIND_SERVER" }],
    ["a status code by name", { status: { code: "STATUS_CODE_ERROR" } }],
    ["a fractional time", { startTimeUnixNano: 1.5 }],
    ["attributes that are no list", { attributes: {} }]
  ])("refuses %s", (_, span) => {
    assert.throws(() => decodeJson(inSpan(span)), Undecodable)
  })

  it("refuses what is not JSON, and names members it does not know", () => {
    assert.throws(() => decodeJson(Buffer.from("{")), /not JSON/)
    assert.throws(() => decodeJson(Buffer.from("[]")), /not an object/)
    assert.throws(() => decodeJson(Buffer.from([0x22, 0xff, 0x22])), /not JSON in UTF-8/)
    assert.deepStrictEqual(decodeJson(inSpan({ trace_id: "x" })).unknownFields, ["Span.trace_id"])
  })
})

// Keeps the properties honest: a generator that never makes a thing proves nothing about it.
it.effect("the generated requests hold every kind of attribute value", () =>
  Effect.gen(function* () {
    const requests = yield* Arbitrary.sampleEffect(exportRequest, { count: 200, seed: "kinds" })
    const text = JSON.stringify(toOtlpJson(requests))
    for (const kind of ["string", "bool", "int", "double", "array", "kvlist", "bytes"]) {
      assert.include(text, `"${kind}Value":`)
    }
    assert.include(text, '"value":{}')
    assert.match(text, /"events":\[\{/)
    assert.match(text, /"links":\[\{/)
  })
)

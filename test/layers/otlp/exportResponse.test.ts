import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import protobuf from "protobufjs"
import { decodeExportResponse, decodeStatusMessage } from "../../../src/layers/otlp/exportResponse.ts"
import { protoFields } from "../../../src/layers/otlp/protoFields.ts"

const root = new protobuf.Root()
const proto = fileURLToPath(new URL("../../fixtures/otlp/proto/", import.meta.url))
root.resolvePath = (_origin, target) => proto + target
root.loadSync("opentelemetry/proto/collector/trace/v1/trace_service.proto")
const Response = root.lookupType("opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse")

const encode = (message: object) => Response.encode(Response.fromObject(message)).finish()

describe("decodeExportResponse", () => {
  const rows: ReadonlyArray<readonly [string, Uint8Array, object | undefined]> = [
    ["no bytes", new Uint8Array(0), { rejectedSpans: 0, errorMessage: "" }],
    ["an empty partial success", encode({ partialSuccess: {} }), { rejectedSpans: 0, errorMessage: "" }],
    [
      "rejected spans and why",
      encode({ partialSuccess: { rejectedSpans: 300, errorMessage: "too old: ä🦊" } }),
      { rejectedSpans: 300, errorMessage: "too old: ä🦊" }
    ],
    ["a negative count", encode({ partialSuccess: { rejectedSpans: -1 } }), { rejectedSpans: 0, errorMessage: "" }],
    [
      "unknown fields of every kind",
      Uint8Array.from([0x78, 1, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7a, 1, 9, 0x7d, 1, 2, 3, 4, 0x0a, 2, 0x08, 5]),
      { rejectedSpans: 5, errorMessage: "" }
    ],
    [
      "two partial successes, which merge",
      Uint8Array.from([0x0a, 2, 0x08, 5, 0x0a, 3, 0x12, 1, 0x41]),
      { rejectedSpans: 5, errorMessage: "A" }
    ],
    ["a length beyond the end", Uint8Array.from([0x0a, 9, 1]), undefined],
    ["a varint without end", Uint8Array.from([0x08, 0xff]), undefined],
    ["a varint of eleven bytes", Uint8Array.from([0x08, ...new Array(11).fill(0x80), 0]), undefined],
    ["a fixed64 cut short", Uint8Array.from([0x09, 1, 2]), undefined],
    ["a group", Uint8Array.from([0x0b]), undefined],
    ["field number 0", Uint8Array.from([0x00, 0]), undefined],
    ["a partial success that is a number", Uint8Array.from([0x08, 1]), undefined],
    ["a partial success that is no message", Uint8Array.from([0x0a, 1, 0xff]), undefined],
    ["HTML", new TextEncoder().encode("<html></html>"), undefined]
  ]
  it.each(rows)("%s", (_, bytes, expected) => {
    assert.deepStrictEqual(decodeExportResponse(bytes), expected as ReturnType<typeof decodeExportResponse>)
  })

  it.prop(
    "reads what protobufjs writes",
    {
      rejectedSpans: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
      errorMessage: Schema.String
    },
    ({ errorMessage, rejectedSpans }) => {
      // protobufjs writes half a character as it is, which is not UTF-8.
      const partial = { rejectedSpans, errorMessage: errorMessage.toWellFormed() }
      assert.deepStrictEqual(decodeExportResponse(encode({ partialSuccess: partial })), partial)
    }
  )

  it.prop(
    "never throws, and agrees with protobufjs on what it takes",
    [Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))).check(Schema.isMaxLength(24))],
    ([numbers]) => {
      const bytes = Uint8Array.from(numbers)
      const found = decodeExportResponse(bytes)
      if (found === undefined) return
      try {
        const theirs = Response.toObject(Response.decode(bytes), { longs: Number, defaults: true })["partialSuccess"]
        assert.strictEqual(found.rejectedSpans, Math.max(0, theirs?.rejectedSpans ?? 0))
      } catch (error) {
        if (error instanceof Error && error.name === "AssertionError") throw error
      }
    }
  )
})

describe("decodeStatusMessage", () => {
  it("reads google.rpc.Status", () => {
    assert.strictEqual(decodeStatusMessage(Uint8Array.from([0x08, 3, 0x12, 2, 0x68, 0x69])), "hi")
    assert.isUndefined(decodeStatusMessage(new Uint8Array(0)))
    assert.isUndefined(decodeStatusMessage(Uint8Array.from([0xff])))
  })
})

describe("protoFields", () => {
  it("gives views, not copies", () => {
    const bytes = Uint8Array.from([0x0a, 2, 7, 8])
    const [field] = protoFields(bytes) ?? []
    assert.isTrue(field?.value instanceof Uint8Array && field.value.buffer === bytes.buffer)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { jsonFormat } from "../../src/layers/otlp/WireFormat.ts"
import { outcomes } from "../services/trace/events.ts"
import { resource, scope, spansOf } from "../services/trace/exported.ts"
import { decodeJsonRequest } from "./decodeJsonRequest.ts"

const format = jsonFormat(resource.attributes, scope)
const good = Buffer.from(format.encodeRequest([format.encodeSpans(spansOf(outcomes.completed))])).toString()

const TRACE_ID = /"traceId":"[0-9a-f]{32}"/

/** By how it strays: what stands in the good request, and what in its place. */
const bad: { readonly [name: string]: readonly [string | RegExp, string] } = {
  "an id in base64": [TRACE_ID, '"traceId":"CvdlGRbNQ92ESOsg0MgxnA=="'],
  "an id in upper case": [TRACE_ID, '"traceId":"0AF7651916CD43DD8448EB211C80319C"'],
  "a name of the .proto": ['"traceId"', '"trace_id"'],
  "a name nobody knows": ['"traceId"', '"traceid"'],
  "an enum by its name": ['"kind":2', '"kind":"SPAN_KIND_SERVER"'],
  "an enum that there is not": ['"kind":2', '"kind":9'],
  "a number of 64 bits as a number": [/"startTimeUnixNano":"(\d+)"/, '"startTimeUnixNano":1764000000000000000'],
  "an int as a number": [/"intValue":"\d+"/, '"intValue":5'],
  "a double as text": [/"doubleValue":[\d.]+/, '"doubleValue":"0.5"'],
  "a null": [TRACE_ID, '"traceId":null'],
  "an object for a list": ['"spans":[', '"spans":{},"x":['],
  "no JSON": [/\}$/, ""]
}

describe("decodeJsonRequest", () => {
  it("takes what is right", () => {
    assert.strictEqual(decodeJsonRequest(Buffer.from(good)).resourceSpans?.[0]?.scopeSpans?.[0]?.spans?.length, 4)
  })

  it("refuses bytes that are not UTF-8", () => {
    const bytes = Buffer.from(good)
    bytes[good.indexOf("POST")] = 0xff
    assert.throws(() => decodeJsonRequest(bytes))
  })

  for (const [name, [from, to]] of Object.entries(bad)) {
    it(`refuses ${name}`, () => {
      const text = good.replace(from, to)
      assert.notStrictEqual(text, good)
      assert.throws(() => decodeJsonRequest(Buffer.from(text)))
    })
  }
})

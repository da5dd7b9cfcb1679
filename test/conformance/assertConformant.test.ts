import { assert, describe, it } from "@effect/vitest"
import { outcomes } from "../services/trace/events.ts"
import { requestOf, spansOf } from "../services/trace/exported.ts"
import { assertConformant } from "./assertConformant.ts"
import { type DecodedAttribute, type DecodedRequest, type DecodedSpan, decodeRequest } from "./decodeRequest.ts"

const good = decodeRequest(requestOf(spansOf(outcomes["completed stream"])))
const spans = good.resourceSpans?.[0]?.scopeSpans?.[0]?.spans ?? []

/** The good request with one of its spans changed, or its list of spans. */
const withSpans = (change: (spans: ReadonlyArray<DecodedSpan>) => ReadonlyArray<DecodedSpan>): DecodedRequest => ({
  resourceSpans: (good.resourceSpans ?? []).map((resource) => ({
    ...resource,
    scopeSpans: (resource.scopeSpans ?? []).map((scope) => ({ ...scope, spans: change(spans) }))
  }))
})

const [ROOT, AUTH, RESOLVE, CALL, STREAM] = [0, 1, 2, 3, 4]

const withSpan = (index: number, over: Partial<DecodedSpan>) =>
  withSpans((all) => all.map((span, at) => (at === index ? { ...span, ...over } : span)))

const withAttribute = (index: number, key: string, value: DecodedAttribute["value"] | undefined) =>
  withSpan(index, {
    attributes: [
      ...(spans[index]?.attributes ?? []).filter((attribute) => attribute.key !== key),
      ...(value === undefined ? [] : [{ key, value }])
    ]
  })

/** To the caller, whose trace it is. */
const link = {
  traceId: spans[ROOT]?.traceId ?? new Uint8Array(16),
  spanId: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  flags: 0x301
}

const callEnd = BigInt(spans[CALL]?.endTimeUnixNano ?? 0)

/** By what is wrong with it. */
const bad: { readonly [name: string]: DecodedRequest } = {
  "no resource": {},
  "no spans": withSpans(() => []),
  "no service name": {
    resourceSpans: (good.resourceSpans ?? []).map((resource) => ({ ...resource, resource: { attributes: [] } }))
  },
  "another schema": {
    resourceSpans: (good.resourceSpans ?? []).map((resource) => ({ ...resource, schemaUrl: "https://x/1.0.0" }))
  },
  "a trace id of zeros": withSpan(ROOT, { traceId: new Uint8Array(16) }),
  "a short span id": withSpan(AUTH, { spanId: new Uint8Array([1]) }),
  "a span twice": withSpans((all) => [...all, ...all.slice(1, 2)]),
  "no root": withSpans((all) => all.slice(1)),
  "a parent that is not there": withSpan(RESOLVE, { parentSpanId: Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9) }),
  "a cycle": withSpan(RESOLVE, { parentSpanId: spans[RESOLVE]?.spanId ?? new Uint8Array(8) }),
  "a stream under the root": withSpan(STREAM, { parentSpanId: spans[ROOT]?.spanId ?? new Uint8Array(8) }),
  "another tracestate": withSpan(CALL, { traceState: "other=1" }),
  "other trace flags": withSpan(CALL, { flags: 0x100 }),
  "no remote flag on the root": withSpan(ROOT, { flags: 0x101 }),
  "a remote flag on a child": withSpan(AUTH, { flags: 0x301 }),
  "a link beside a parent": withSpan(ROOT, { links: [link] }),
  "a link of a child": withSpan(AUTH, { links: [link] }),
  "a link into its own trace": withSpan(ROOT, { parentSpanId: new Uint8Array(0), flags: 0x101, links: [link] }),
  "an unknown flag": withSpan(AUTH, { flags: 0x501 }),
  "milliseconds for nanoseconds": withSpan(ROOT, {
    startTimeUnixNano: "1764000000000",
    endTimeUnixNano: "1764000000100"
  }),
  "an end before its start": withSpan(AUTH, { endTimeUnixNano: spans[ROOT]?.startTimeUnixNano ?? "" }),
  "a child outside the root": withSpan(CALL, { endTimeUnixNano: String(callEnd + 1_000_000_000n) }),
  "a call that took no time": withSpan(CALL, { endTimeUnixNano: spans[CALL]?.startTimeUnixNano ?? "" }),
  "stages out of order": withSpan(AUTH, {
    startTimeUnixNano: spans[CALL]?.startTimeUnixNano ?? "",
    endTimeUnixNano: spans[CALL]?.endTimeUnixNano ?? ""
  }),
  "a path for a name": withSpan(ROOT, { name: "POST /v1/chat/completions/secret" }),
  "a kind of its own": withSpan(AUTH, { kind: 4 }),
  "status Ok": withSpan(AUTH, { status: { code: 1 } }),
  "a message without an error": withSpan(AUTH, { status: { message: "fine" } }),
  "an error without a cause": withSpan(CALL, { status: { code: 2 } }),
  "a cause without an error": withAttribute(CALL, "error.type", { stringValue: "500" }),
  "a 500 that is no error": withAttribute(ROOT, "http.response.status_code", { intValue: "500" }),
  "a provider's 429 that is no error": withAttribute(CALL, "http.response.status_code", { intValue: "429" }),
  "a double that turned into an int": withAttribute(CALL, "gen_ai.request.temperature", { intValue: "1" }),
  "an int as text": withAttribute(CALL, "gen_ai.usage.input_tokens", { stringValue: "20" }),
  "an attribute twice": withSpan(AUTH, {
    attributes: [...(spans[AUTH]?.attributes ?? []), ...(spans[AUTH]?.attributes ?? [])]
  }),
  "an attribute nobody knows": withAttribute(AUTH, "gateway.secret", { stringValue: "x" }),
  "an empty value": withAttribute(AUTH, "gateway.auth.method", {}),
  "an empty text": withAttribute(AUTH, "gateway.auth.method", { stringValue: "" }),
  "an empty list": withAttribute(CALL, "gen_ai.response.finish_reasons", { arrayValue: {} }),
  "not a number": withAttribute(CALL, "gen_ai.request.temperature", { doubleValue: Number.NaN }),
  "no model": withAttribute(CALL, "gen_ai.request.model", undefined),
  "more cached tokens than tokens": withAttribute(CALL, "gen_ai.usage.cache_read.input_tokens", { intValue: "21" }),
  "milliseconds for seconds": withAttribute(CALL, "gen_ai.response.time_to_first_chunk", { doubleValue: 46 }),
  "content that is no JSON": withAttribute(CALL, "gen_ai.input.messages", { stringValue: '[{"role":' }),
  "content of another schema": withAttribute(CALL, "gen_ai.output.messages", { stringValue: '[{"role":"assistant"}]' })
}

describe("assertConformant", () => {
  it("takes what is right", () => {
    assert.strictEqual(assertConformant([good]).length, 5)
  })

  for (const [name, request] of Object.entries(bad)) {
    it(`refuses ${name}`, () => {
      assert.throws(() => assertConformant([request]))
    })
  }
})

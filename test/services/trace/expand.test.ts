import { assert, describe, it } from "@effect/vitest"
import { encodeSpans } from "../../../src/layers/otlp/encodeTraces.ts"
import { spanCount } from "../../../src/services/trace/spanIds.ts"
import type { TraceEvent, TraceHeader } from "../../../src/services/trace/TraceEvent.ts"
import { assertConformant } from "../../conformance/assertConformant.ts"
import { assertGenAiContent } from "../../conformance/assertGenAiContent.ts"
import { decodeRequest } from "../../conformance/decodeRequest.ts"
import { anyEvent } from "./eventArbitrary.ts"
import { attempt, bytes, event, outcomes, REQUEST, RESPONSE, STREAM, sse } from "./events.ts"
import { requestOf, spansOf } from "./exported.ts"
import { leaky } from "./leaky.ts"

/** Name, status code and cause of each span, in order. */
const outline = (of: TraceEvent): ReadonlyArray<string> =>
  spansOf(of).map(({ name, status, attributes }) =>
    status.code === 2 ? `${name} ✗ ${String(attributes["error.type"])}` : name
  )

const ROOT = "POST /v1/chat/completions"
const CALL = "chat gpt-4o-mini"

const outlines: { readonly [K in keyof typeof outcomes]: ReadonlyArray<string> } = {
  completed: [ROOT, "authenticate", "resolve_model", CALL],
  "completed stream": [ROOT, "authenticate", "resolve_model", CALL, "stream_response"],
  "401": [ROOT, "authenticate ✗ invalid_token"],
  "403": [ROOT, "authenticate", "resolve_model ✗ model_forbidden"],
  "404 model": [ROOT, "authenticate", "resolve_model ✗ model_not_found"],
  "404 route": ["POST"],
  "413": [ROOT, "authenticate"],
  "malformed JSON": [ROOT, "authenticate"],
  "provider 4xx": [ROOT, "authenticate", "resolve_model", `${CALL} ✗ 400`],
  "provider 5xx": [`${ROOT} ✗ provider_503`, "authenticate", "resolve_model", `${CALL} ✗ 503`, `${CALL} ✗ 503`],
  "provider reset": [`${ROOT} ✗ provider_unreachable`, "authenticate", "resolve_model", `${CALL} ✗ connection_reset`],
  "provider timeout": [`${ROOT} ✗ provider_timeout`, "authenticate", "resolve_model", `${CALL} ✗ timeout`],
  "fallback succeeded": [ROOT, "authenticate", "resolve_model", `${CALL} ✗ 500`, "chat claude-sonnet"],
  "malformed SSE": [
    `${ROOT} ✗ stream_interrupted`,
    "authenticate",
    "resolve_model",
    `${CALL} ✗ stream_interrupted`,
    "stream_response ✗ stream_interrupted"
  ],
  "error in the stream": [
    `${ROOT} ✗ overloaded_error`,
    "authenticate",
    "resolve_model",
    `${CALL} ✗ overloaded_error`,
    "stream_response ✗ overloaded_error"
  ],
  "abort before head": [ROOT, "authenticate", "resolve_model", CALL],
  "abort mid-stream": [ROOT, "authenticate", "resolve_model", CALL, "stream_response"],
  shutdown: [`${ROOT} ✗ gateway_shutdown`, "authenticate", "resolve_model", `${CALL} ✗ shutdown`],
  "shutdown mid-stream": [
    `${ROOT} ✗ shutdown`,
    "authenticate",
    "resolve_model",
    `${CALL} ✗ shutdown`,
    "stream_response ✗ shutdown"
  ],
  "list of models": ["GET /v1/models", "authenticate"]
}

describe("the tree of every outcome", () => {
  for (const [name, of] of Object.entries<TraceEvent>(outcomes)) {
    it(name, () => {
      assert.deepStrictEqual(outline(of), outlines[name as keyof typeof outcomes])
      const spans = spansOf(of)
      assert.strictEqual(spans.length, spanCount(of.header))
      const received = assertConformant([decodeRequest(requestOf(spans))])
      assert.strictEqual(received[0]?.parentSpanId, of.header.parentSpanId)
      for (const span of received) {
        assert.strictEqual(span.traceId, of.header.traceId)
        assert.strictEqual(span.decoded.traceState, of.header.traceState)
        assert.strictEqual(span.flags & 0xff, of.header.flags)
      }
    })
  }

  it("conforms together, as one batch of many traces in two requests", () => {
    const spans = Object.values<TraceEvent>(outcomes).flatMap((of, index) => {
      const traceId = (index + 1).toString(16).padStart(32, "0")
      return spansOf({ ...of, header: { ...of.header, traceId } })
    })
    const half = Math.floor(spans.length / 2)
    const requests = [spans.slice(0, half), spans.slice(half)].map((part) => decodeRequest(requestOf(part)))
    assert.strictEqual(assertConformant(requests).length, spans.length)
  })
})

describe("any event", () => {
  it.prop("expands to as many spans as were counted, each nested and in time", { of: anyEvent }, ({ of }) => {
    const spans = spansOf(of)
    assert.strictEqual(spans.length, spanCount(of.header))
    const nanos = ([seconds, rest]: readonly [number, number]) => BigInt(seconds) * 1_000_000_000n + BigInt(rest)
    const [root] = spans
    if (root === undefined) return assert.fail("there is a root")
    for (const span of spans) {
      assert.isTrue(nanos(span.endTime) >= nanos(span.startTime))
      assert.strictEqual(nanos(span.duration), nanos(span.endTime) - nanos(span.startTime))
      assert.isTrue(nanos(span.startTime) >= nanos(root.startTime) && nanos(span.endTime) <= nanos(root.endTime))
      assert.strictEqual(span.status.code === 2, span.attributes["error.type"] !== undefined)
      for (const [key, value] of Object.entries(span.attributes)) {
        assert.notInclude([null, undefined, ""], value as string, key)
        if (typeof value === "number") assert.isTrue(Number.isFinite(value), key)
        if (Array.isArray(value)) assert.isNotEmpty(value, key)
      }
      const text = JSON.stringify([span.name, span.status, span.attributes["url.path"], span.attributes["url.full"]])
      assert.notInclude(text, "secret")
      assert.notInclude(String(span.attributes["error.type"]), "sentence")
    }
  })

  it.prop("gives the same bytes each time", { of: anyEvent }, ({ of }) => {
    const again = structuredClone(of)
    assert.deepStrictEqual(encodeSpans(spansOf(again)), encodeSpans(spansOf(of)))
  })
})

const attributesOf = (of: TraceEvent, name: string) => {
  const span = spansOf(of).findLast((candidate) => candidate.name.startsWith(name))
  if (span === undefined) return assert.fail(`there is no ${name}`)
  return span.attributes
}

describe("the inbound span", () => {
  const named = (over: Partial<TraceHeader>) => spansOf(event(over))[0]

  it("is named by a known method and the route, never by the path", () => {
    assert.strictEqual(named({ method: "POST", path: "/v1/chat/completions/x" })?.name, ROOT)
    assert.strictEqual(spansOf(outcomes["404 route"])[0]?.name, "POST")
    const brewed = named({ method: "BREW" })
    assert.strictEqual(brewed?.name, "HTTP /v1/chat/completions")
    assert.strictEqual(brewed?.attributes["http.request.method"], "_OTHER")
    assert.strictEqual(brewed?.attributes["http.request.method_original"], "BREW")
  })

  it("splits the host from its port", () => {
    const address = (host: string) => {
      const attributes = named({ host })?.attributes
      return [attributes?.["server.address"], attributes?.["server.port"]]
    }
    assert.deepStrictEqual(address("gw.acme.io:443"), ["gw.acme.io", 443])
    assert.deepStrictEqual(address("gw.acme.io"), ["gw.acme.io", undefined])
    assert.deepStrictEqual(address("[::1]:8787"), ["::1", 8787])
    assert.deepStrictEqual(address("[::1]"), ["::1", undefined])
  })

  it("carries no query", () => {
    assert.strictEqual(named({ path: "/v1/x?api_key=k" })?.attributes["url.path"], "/v1/x")
  })

  it("says that the client left, and why a request was refused", () => {
    assert.strictEqual(attributesOf(outcomes["abort mid-stream"], "POST")["gateway.client_disconnected"], true)
    const refused = attributesOf(outcomes["403"], "POST")
    assert.strictEqual(refused["tfy.error_type"], "model_forbidden")
    assert.strictEqual(refused["tfy.error_message"], "This caller may not use the model.")
    assert.strictEqual(refused["http.response.status_code"], 403)
  })

  it("is the root when no caller's span is known", () => {
    const { parentSpanId: _parent, traceState: _state, ...alone } = event().header
    const [root] = spansOf({ ...event(), header: alone })
    assert.isUndefined(root?.parentSpanContext)
    assert.isUndefined(root?.spanContext().traceState)
  })
})

describe("content and facts", () => {
  it("stand on the inbound span and the attempts, and the answer on the last attempt alone", () => {
    const spans = spansOf(outcomes["fallback succeeded"])
    const having = (key: string) => spans.flatMap(({ attributes }, index) => (key in attributes ? [index] : []))
    assert.deepStrictEqual(having("tfy.input"), [0, 3, 4])
    assert.deepStrictEqual(having("tfy.input_short_hand"), [0, 3, 4])
    assert.deepStrictEqual(having("gen_ai.input.messages"), [3, 4])
    assert.deepStrictEqual(having("tfy.output"), [0, 4])
    assert.deepStrictEqual(having("gen_ai.output.messages"), [4])
    assert.deepStrictEqual(having("gen_ai.usage.input_tokens"), [4])
    assert.deepStrictEqual(having("gen_ai.response.finish_reasons"), [4])
  })

  it("come from the bytes", () => {
    const attributes = attributesOf(outcomes.completed, "chat")
    assert.strictEqual(attributes["tfy.input"], JSON.stringify(REQUEST))
    assert.strictEqual(attributes["tfy.output"], JSON.stringify(RESPONSE))
    assert.strictEqual(attributes["tfy.input_short_hand"], "What is the capital of France?")
    assert.strictEqual(attributes["gen_ai.request.temperature"], 1)
    assert.strictEqual(attributes["gen_ai.request.max_tokens"], 64)
    assert.strictEqual(attributes["gen_ai.response.id"], "chatcmpl-1")
    assert.deepStrictEqual(attributes["gen_ai.response.finish_reasons"], ["stop"])
    assert.strictEqual(attributes["gen_ai.usage.input_tokens"], 20)
    assert.strictEqual(attributes["gen_ai.usage.output_tokens"], 4)
    assert.strictEqual(attributes["gen_ai.usage.cache_read.input_tokens"], 8)
    assert.strictEqual(attributes["gen_ai.usage.reasoning.output_tokens"], 0)
    assert.notProperty(attributes, "gen_ai.usage.cache_creation.input_tokens")
    assert.strictEqual(attributes["tfy.model.metric.cost_in_usd"], (12 * 0.15 + 8 * 0.075 + 4 * 0.6) / 1e6)
    assert.strictEqual(attributes["tfy.model.metric.latency_in_ms"], 94.000321)
    assert.notProperty(attributes, "gen_ai.response.time_to_first_chunk")
    assert.notProperty(attributes, "gen_ai.request.stream")
  })

  it("of a stream are those of the answer put together, with its times", () => {
    const attributes = attributesOf(outcomes["completed stream"], "chat")
    assert.include(String(attributes["tfy.output"]), '"content":"Paris."')
    assert.strictEqual(attributes["gen_ai.request.stream"], true)
    assert.strictEqual(attributes["gen_ai.response.time_to_first_chunk"], 0.046)
    assert.strictEqual(attributes["tfy.model.metric.time_to_first_token_in_ms"], 46)
    assert.strictEqual(attributes["tfy.model.metric.inter_token_latency_in_ms"], 16.000107)
    const stream = spansOf(outcomes["completed stream"]).at(-1)
    assert.deepStrictEqual(stream?.events, stream && [{ name: "first_chunk", time: stream.startTime }])
    assert.strictEqual(stream?.attributes["gateway.stream.done_received"], true)
    assert.strictEqual(stream?.attributes["gateway.stream.inter_chunk_avg_s"], 0.0098)
    assert.strictEqual(stream?.attributes["gen_ai.usage.output_tokens"], 4)
  })

  it("of a Responses stream count the first token from the first delta, and name the API", () => {
    const { header } = outcomes["completed stream"]
    const attempts = header.attempts.map((each) => ({ ...each, firstToken: header.start + 60 }))
    const response = {
      id: "resp_1",
      model: "gpt-5",
      status: "completed",
      usage: { input_tokens: 20, output_tokens: 4 }
    }
    const answer = sse([{ type: "response.completed", response }])
    const request = { model: "prod/chat", input: "Hi", stream: true }
    const attributes = attributesOf(event({ ...header, api: "responses", attempts }, request, answer), "chat")
    assert.strictEqual(attributes["openai.api.type"], "responses")
    assert.strictEqual(attributes["gen_ai.response.time_to_first_chunk"], 0.046)
    assert.strictEqual(attributes["tfy.model.metric.time_to_first_token_in_ms"], 56)
    assert.strictEqual(attributes["tfy.model.metric.inter_token_latency_in_ms"], 12.666774)
    assert.strictEqual(attributes["gen_ai.usage.output_tokens"], 4)
    assert.deepStrictEqual(attributes["gen_ai.response.finish_reasons"], ["stop"])
  })

  it("of an answer cut short end in error, and never in zero tokens", () => {
    for (const of of [outcomes["abort mid-stream"], outcomes["abort before head"], outcomes["shutdown mid-stream"]]) {
      const attributes = attributesOf(of, "chat")
      assert.deepStrictEqual(attributes["gen_ai.response.finish_reasons"], ["error"])
      assert.notProperty(attributes, "gen_ai.usage.output_tokens")
      assert.notProperty(attributes, "tfy.model.metric.cost_in_usd")
    }
  })

  it("of a provider's error are its status and its body, not an answer", () => {
    const attributes = attributesOf(outcomes["provider 4xx"], "chat")
    assert.strictEqual(attributes["http.response.status_code"], 400)
    assert.strictEqual(attributes["gateway.provider_error"], '{"error":{"message":"bad tool"}}')
    assert.notProperty(attributes, "tfy.output")
    assert.notProperty(attributes, "gen_ai.response.finish_reasons")
    const inStream = attributesOf(outcomes["error in the stream"], "chat")
    assert.strictEqual(inStream["gateway.provider_error"], "Overloaded, says the provider")
  })

  it("are only the header's facts when capture is metadata, whatever bytes there are", () => {
    const of = event({
      capture: "metadata",
      requestFacts: { model: "prod/chat", temperature: 0, maxTokens: 5 },
      responseFacts: {
        done: true,
        id: "r",
        usage: { inputTokens: 0, outputTokens: 3 },
        error: { type: "t", message: "quoted" }
      },
      attempts: [attempt({ errorBody: "quoted" })]
    })
    const spans = spansOf(of)
    const call = spans[3]?.attributes
    assert.strictEqual(call?.["gen_ai.request.temperature"], 0)
    assert.strictEqual(call?.["gen_ai.usage.input_tokens"], 0)
    assert.strictEqual(call?.["gen_ai.usage.output_tokens"], 3)
    const text = Buffer.from(encodeSpans(spans)).toString("latin1")
    for (const word of ["France", "Paris", "quoted", "terse"]) assert.notInclude(text, word)
  })

  it("take the short hand without cutting a character in two", () => {
    const shortHand = (content: string) =>
      attributesOf(event({}, { ...REQUEST, messages: [{ role: "user", content }] }), "POST")["tfy.input_short_hand"]
    assert.strictEqual(shortHand("a".repeat(100)), "a".repeat(100))
    assert.strictEqual(shortHand("a".repeat(101)), "a".repeat(100))
    assert.strictEqual(shortHand(`${"a".repeat(99)}\u{1f600}`), "a".repeat(99))
    assert.strictEqual(shortHand(`${"a".repeat(98)}\u{1f600}b`), `${"a".repeat(98)}\u{1f600}`)
  })

  it("survive bodies that are no JSON or no UTF-8", () => {
    const base = event()
    const spans = spansOf({ ...base, request: Uint8Array.of(0xff, 0xfe, 0x7b), response: Uint8Array.of(0xc3, 0x28) })
    assert.strictEqual(spans[0]?.attributes["tfy.input"], "\ufffd\ufffd{")
    assert.strictEqual(spans[3]?.attributes["tfy.output"], "\ufffd(")
    assert.strictEqual(spans[3]?.attributes["gen_ai.request.model"], "gpt-4o-mini")
    assertConformant([decodeRequest(requestOf(spans))])
  })

  it("are valid by the GenAI schemas for tools, files, thinking and every API", () => {
    const seen = new Set(
      leaky("word").flatMap((of) =>
        spansOf(of).flatMap(({ attributes }) => {
          assertGenAiContent(new Map(Object.entries(attributes)))
          return Object.keys(attributes)
        })
      )
    )
    for (const key of ["input.messages", "output.messages", "system_instructions", "tool.definitions"]) {
      assert.isTrue(seen.has(`gen_ai.${key}`), key)
    }
  })

  it("say where a body was cut, and join its two ends", () => {
    const whole = sse(STREAM)
    const [head, tail] = [bytes(whole.slice(0, 300)), bytes(whole.slice(-250))]
    const base = outcomes["completed stream"]
    const of: TraceEvent = {
      ...base,
      header: { ...base.header, requestBytes: 9_999_999, responseBytes: whole.length, responseTailAt: head.length },
      response: Buffer.concat([head, tail])
    }
    const root = attributesOf(of, "POST")
    assert.strictEqual(root["gateway.input_truncated"], true)
    assert.strictEqual(root["gateway.output_truncated"], true)
    assert.strictEqual(root["http.request.body.size"], 9_999_999)
    const call = attributesOf(of, "chat")
    assert.strictEqual(call["http.response.body.size"], whole.length)
    assert.strictEqual(call["gen_ai.usage.output_tokens"], 4)
    const text = attributesOf({ ...event({ responseBytes: 100, responseTailAt: 2 }), response: bytes("abcd") }, "POST")
    assert.strictEqual(text["tfy.output"], "ab… [96 bytes cut] …cd")
  })
})

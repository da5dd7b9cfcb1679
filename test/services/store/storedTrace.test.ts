import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { storedTrace } from "../../../src/services/store/storedTrace.ts"
import { StoredTrace, type TraceSummary } from "../../../src/services/store/TraceSummary.ts"
import { spanCount } from "../../../src/services/trace/spanIds.ts"
import type { TraceEvent } from "../../../src/services/trace/TraceEvent.ts"
import { anyEvent } from "../trace/eventArbitrary.ts"
import { attempt, event, outcomes, REQUEST } from "../trace/events.ts"

const decode = Schema.decodeUnknownSync(StoredTrace)
const summary = (event: TraceEvent): TraceSummary => storedTrace(event).summary

describe("storedTrace", () => {
  it("says in one row what came of a request", () => {
    assert.deepStrictEqual(summary(outcomes.completed), {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      requestId: "0af7651916cd43dd8448eb211c80319cb7ad6b7169203331",
      start: 1_764_000_000_000.5 + 5_000_000.125001,
      durationMs: 100,
      revision: "r1",
      result: "ok",
      status: 200,
      route: "/v1/chat/completions",
      streaming: false,
      requestedModel: "prod/chat",
      model: "openai-main/gpt-4o-mini",
      provider: "openai",
      subject: "user:alice",
      teams: ["ml"],
      conversationId: "conv-1",
      metadata: { env: "test" },
      finishReasons: ["stop"],
      inputTokens: 20,
      outputTokens: 4,
      cachedInputTokens: 8,
      cost: (12 * 0.15 + 8 * 0.075 + 4 * 0.6) / 1e6,
      attempts: 1,
      fallback: false,
      inputPreview: "What is the capital of France?"
    })
  })

  it("has the first token's time of a stream, from the request's start", () => {
    const stream = outcomes["completed stream"]
    assert.strictEqual(summary(stream).timeToFirstTokenMs, 50)
    const { header } = stream
    const attempts = header.attempts.map((each) => ({ ...each, firstToken: header.start + 60 }))
    assert.strictEqual(summary({ ...stream, header: { ...header, attempts } }).timeToFirstTokenMs, 60)
  })

  it("says why a request was refused, and no model where none was called", () => {
    const { errorMessage, errorType, model, provider, result, status, ...rest } = summary(outcomes["401"])
    assert.deepStrictEqual(
      { errorMessage, errorType, model, provider, result, status },
      {
        errorMessage: "The key is not known.",
        errorType: "invalid_api_key",
        model: undefined,
        provider: undefined,
        result: "error",
        status: 401
      }
    )
    assert.notProperty(rest, "subject")
    assert.strictEqual(rest.attempts, 0)
  })

  it("judges by what the client saw", () => {
    const failed = attempt({ status: 503, outcome: "failed", errorType: "503" })
    const cases: ReadonlyArray<readonly [TraceEvent, string]> = [
      [event({ attempts: [failed, attempt({ fallback: true })] }), "ok"],
      [event({ attempts: [failed], status: 503 }), "error"],
      [event({ status: 404 }), "error"],
      [event({ outcome: "client_disconnected" }), "cancelled"],
      [event({ outcome: "shutdown" }), "error"],
      [event({}, REQUEST, { error: { message: "no" } }), "error"]
    ]
    for (const [each, wanted] of cases) assert.strictEqual(summary(each).result, wanted, JSON.stringify(each.header))
    assert.isTrue(summary(event({ attempts: [failed, attempt({ fallback: true })] })).fallback)
  })

  it("shows 200 characters of the last thing that the user said, and no half one", () => {
    const saying = (content: string) => summary(event({}, { model: "m", messages: [{ role: "user", content }] }))
    assert.strictEqual(saying("x".repeat(300)).inputPreview, "x".repeat(200))
    assert.strictEqual(saying(`${"x".repeat(199)}🙂`).inputPreview, "x".repeat(199))
    assert.strictEqual(saying("y".repeat(150)).inputPreview, "y".repeat(150))
    assert.notProperty(summary(event({ capture: "metadata" })), "inputPreview")
  })

  it("takes metadata that is no object of texts as none", () => {
    for (const metadata of ["", "{", "[]", "null", "7"])
      assert.deepStrictEqual(summary(event({ metadata })).metadata, {})
    assert.deepStrictEqual(summary(event({ metadata: '{"a":"1","b":2,"__proto__":"x"}' })).metadata, {
      a: "1",
      ["__proto__"]: "x"
    })
  })

  it("has spans whose times are exact to the nanosecond", () => {
    const [root, ...children] = storedTrace(outcomes.completed).spans
    assert.strictEqual(root?.startTimeUnixNano, "1764005000000625001")
    assert.strictEqual(root?.parentSpanId, "00f067aa0ba902b7")
    assert.strictEqual(root?.kind, "server")
    assert.deepStrictEqual(
      children.map(({ parentSpanId }) => parentSpanId),
      children.map(() => root?.spanId)
    )
  })

  it.prop("any event gives a trace that its schema takes, in JSON or not", { event: anyEvent }, ({ event }) => {
    const stored = storedTrace(event)
    assert.strictEqual(stored.spans.length, spanCount(event.header))
    assert.deepStrictEqual(decode(stored), stored)
    assert.deepStrictEqual(decode(JSON.parse(JSON.stringify(stored))), stored)
    assert.deepStrictEqual(storedTrace(event), stored)
  })
})

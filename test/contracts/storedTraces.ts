import type { StoredTrace, TraceSummary } from "../../src/services/store/TraceSummary.ts"

/** Start of the sample with index 0: Tuesday, 3 June 2025, noon. Each one after it starts a second later. */
export const NOON = 1_748_952_000_000

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")

/** A request as it is stored, with ids of its own. `said` is the user's text. */
export const sample = (index: number, over: Partial<TraceSummary> = {}, said = `Question ${index}`): StoredTrace => {
  const summary: TraceSummary = {
    traceId: hex(index + 1, 32),
    spanId: hex(index + 1, 16),
    requestId: `request-${index}`,
    start: NOON + index * 1000,
    durationMs: 120.25,
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
    metadata: {},
    finishReasons: ["stop"],
    inputTokens: 10,
    outputTokens: 5,
    cost: 0.25,
    attempts: 1,
    fallback: false,
    inputPreview: said,
    ...over
  }
  const { start } = summary
  return {
    summary,
    spans: [
      {
        spanId: summary.spanId,
        name: "POST /v1/chat/completions",
        kind: "server",
        startTimeUnixNano: `${start}000000`,
        endTimeUnixNano: `${start + 200}000000`,
        status: { code: "unset" },
        attributes: { "http.response.status_code": summary.status ?? 0, "tfy.input": JSON.stringify({ said }) },
        events: []
      },
      {
        spanId: hex(index + 1, 8).padEnd(16, "f"),
        parentSpanId: summary.spanId,
        name: "chat gpt-4o-mini",
        kind: "client",
        startTimeUnixNano: `${start}000000`,
        endTimeUnixNano: `${start + 199}123456`,
        status: { code: "error", message: "It failed." },
        attributes: {
          "gen_ai.input.messages": JSON.stringify([{ role: "user", parts: [{ type: "text", content: said }] }]),
          "gen_ai.output.messages": JSON.stringify([{ role: "assistant", parts: [{ content: "Ja, gewiß.\nGern" }] }]),
          "gen_ai.response.finish_reasons": ["stop"],
          "tfy.model.streaming": false,
          "gen_ai.request.temperature": 0.5
        },
        events: [{ name: "first_chunk", timeUnixNano: `${start}000001`, attributes: { text: 'a\n"b"' } }]
      }
    ]
  }
}

/** A summary without what it need not have. */
export const bare = (index: number): StoredTrace => {
  const { requestId, revision, spanId, start, traceId } = sample(index).summary
  return {
    summary: {
      traceId,
      spanId,
      requestId,
      revision,
      start,
      durationMs: 0,
      result: "error",
      streaming: false,
      teams: [],
      metadata: {},
      finishReasons: [],
      attempts: 0,
      fallback: false
    },
    spans: sample(index).spans.slice(0, 1)
  }
}

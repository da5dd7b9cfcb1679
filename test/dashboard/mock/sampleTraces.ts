import type { StoredSpan, StoredTrace, TraceSummary } from "../../../src/services/store/TraceSummary.ts"

/** Numbers that look random and are the same in every run. */
export const randomNumbers = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}

const models = ["openai-main/gpt-4o-mini", "anthropic-main/claude-sonnet", "openai-main/gpt-4o", "mistral/small"]
const providers = ["openai", "anthropic", "openai", "mistral_ai"]
const subjects = ["user:alice", "user:bob", "service:checkout", "service:search"]
const prompts = [
  "Summarise the incident report and list the three follow-ups with owners.",
  "Translate the release notes into German, keep the code blocks.",
  "Why does this SQL query scan the whole table?",
  "Write a friendly reply to the customer about the delayed parcel."
]

const hex = (value: number, length: number) => value.toString(16).padStart(length, "0").slice(-length)

/** Newest first, one about every `stepMs` before `now`. */
export const sampleSummaries = (count: number, now: number, stepMs = 7000): Array<TraceSummary> => {
  const random = randomNumbers(7)
  const pick = <A>(list: ReadonlyArray<A>): A => list[Math.floor(random() * list.length)]!
  return Array.from({ length: count }, (_, index) => {
    const model = Math.floor(random() ** 1.6 * models.length)
    const roll = random()
    const result = roll < 0.06 ? "error" : roll < 0.08 ? "cancelled" : "ok"
    const streaming = random() < 0.6
    const durationMs = 180 + random() ** 3 * 9000
    const inputTokens = Math.floor(40 + random() * 1800)
    const outputTokens = result === "error" ? 0 : Math.floor(20 + random() * 600)
    return {
      traceId: `${hex(index + 1, 8)}a3b1c9d27e5f40618b2c3d4e`,
      spanId: `${hex(index + 1, 8)}5f406181`,
      requestId: `req-${index}`,
      start: now - index * stepMs - durationMs,
      durationMs,
      ...(streaming && result !== "error" ? { timeToFirstTokenMs: durationMs * (0.2 + random() * 0.4) } : {}),
      revision: "12",
      result,
      status: result === "error" ? pick([429, 502, 504]) : 200,
      ...(result === "error"
        ? { errorType: "provider_timeout", errorMessage: "the provider did not answer within 30000 ms" }
        : {}),
      route: "/v1/chat/completions",
      streaming,
      requestedModel: "prod/chat",
      model: models[model]!,
      provider: providers[model]!,
      subject: pick(subjects),
      teams: ["ml"],
      conversationId: `conv-${index % 40}`,
      metadata: { env: "prod", feature: pick(["chat", "search"]) },
      finishReasons: [result === "ok" ? "stop" : "error"],
      inputTokens,
      outputTokens,
      cost: (inputTokens * 0.15 + outputTokens * 0.6) / 1e6,
      attempts: roll > 0.9 ? 3 : 1,
      fallback: roll > 0.9,
      inputPreview: pick(prompts)
    }
  })
}

const answer = `Three follow-ups came out of the incident:

1. **Raise the queue's bound** – owner: *platform*, this week
2. Add an alert on \`oldestAt\`
3. Write down the restart order

| step | minutes |
|---|---:|
| drain | 2 |
| restart | 1 |

\`\`\`sql
SELECT name, queued FROM ledger WHERE queued > 0;
\`\`\`
`

const messages = [
  {
    role: "user",
    parts: [
      { type: "text", content: "Here is the report. Summarise it and list the follow-ups." },
      { type: "blob", modality: "image", mime_type: "image/png", content: "iVBORw0KGgo".repeat(900) }
    ]
  },
  {
    role: "assistant",
    parts: [
      { type: "reasoning", content: "I need the incident's timeline first." },
      {
        type: "tool_call",
        id: "call_1",
        name: "read_incident",
        arguments: { id: 4711, fields: ["timeline", "impact"] }
      }
    ]
  },
  { role: "tool", parts: [{ type: "tool_call_response", id: "call_1", response: "14:02 queue full\n14:09 restarted" }] }
]

/** One with a retry, a fallback and a stream. `extra` characters lengthen the first message. */
export const sampleTrace = (summary: TraceSummary, extra = 0): StoredTrace => {
  const base = BigInt(Math.round(summary.start)) * 1_000_000n
  const end = summary.durationMs
  const at = (ms: number) => String(base + BigInt(Math.round(ms * 1e6)))
  const asked =
    extra === 0
      ? messages
      : [{ role: "user", parts: [{ type: "text", content: "lorem ipsum ".repeat(extra / 12) }] }, ...messages]
  const body = JSON.stringify({
    model: "prod/chat",
    stream: true,
    messages: [{ role: "user", content: "It's a report" }]
  })
  const span = (
    number: number,
    name: string,
    kind: StoredSpan["kind"],
    from: number,
    to: number,
    attributes: StoredSpan["attributes"],
    parent: string | undefined,
    error = false
  ): StoredSpan => ({
    spanId: number === 0 ? summary.spanId : `${summary.spanId.slice(0, 12)}000${number}`,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    name,
    kind,
    startTimeUnixNano: at(from),
    endTimeUnixNano: at(to),
    status: error ? { code: "error", message: "the provider answered 429" } : { code: "unset" },
    attributes,
    events: []
  })
  const attempt = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "tfy.model.fqn": "openai-main/gpt-4o-mini",
    "server.address": "api.openai.com",
    "server.port": 443,
    "url.full": "https://api.openai.com/v1/chat/completions"
  }
  const last = `${summary.spanId.slice(0, 12)}0005`
  return {
    summary,
    spans: [
      span(
        0,
        "POST /v1/chat/completions",
        "server",
        0,
        end,
        {
          "http.request.method": "POST",
          "http.route": "/v1/chat/completions",
          "http.response.status_code": 200,
          "url.path": "/v1/chat/completions",
          "url.scheme": "http",
          "server.address": "127.0.0.1",
          "server.port": 8787,
          "client.address": "10.4.0.17",
          "tfy.request.created_by_subject": summary.subject ?? "user:alice",
          "gen_ai.conversation.id": summary.conversationId ?? "conv",
          "tfy.input": body,
          "tfy.output": "{}"
        },
        undefined
      ),
      span(
        1,
        "authenticate",
        "internal",
        0.1,
        0.4,
        { "gateway.auth.method": "api_key", "gateway.auth.result": "ok" },
        summary.spanId
      ),
      span(
        2,
        "resolve_model",
        "internal",
        0.5,
        0.7,
        { "gateway.routing.strategy": "weight", "gateway.routing.candidate_count": 2 },
        summary.spanId
      ),
      span(
        3,
        "chat gpt-4o-mini",
        "client",
        1,
        end * 0.12,
        { ...attempt, "http.response.status_code": 429, "error.type": "429" },
        summary.spanId,
        true
      ),
      span(
        4,
        "chat gpt-4o-mini",
        "client",
        end * 0.14,
        end * 0.25,
        { ...attempt, "http.request.resend_count": 1, "http.response.status_code": 429, "error.type": "429" },
        summary.spanId,
        true
      ),
      span(
        5,
        "chat claude-sonnet",
        "client",
        end * 0.26,
        end - 1,
        {
          ...attempt,
          "gen_ai.provider.name": "anthropic",
          "tfy.model.fqn": "anthropic-main/claude-sonnet",
          "gateway.fallback": true,
          "gen_ai.response.time_to_first_chunk": (end * 0.2) / 1000,
          "gen_ai.response.finish_reasons": ["stop"],
          "gen_ai.usage.input_tokens": summary.inputTokens ?? 0,
          "gen_ai.usage.output_tokens": summary.outputTokens ?? 0,
          "gen_ai.system_instructions": JSON.stringify([
            { type: "text", content: "You are an incident analyst. Be brief." }
          ]),
          "gen_ai.input.messages": JSON.stringify(asked),
          "gen_ai.output.messages": JSON.stringify([
            { role: "assistant", parts: [{ type: "text", content: answer }], finish_reason: "stop" }
          ])
        },
        summary.spanId
      ),
      span(
        6,
        "stream_response",
        "internal",
        end * 0.46,
        end,
        { "gateway.stream.chunk_count": 84, "gateway.stream.done_received": true },
        last
      )
    ]
  }
}

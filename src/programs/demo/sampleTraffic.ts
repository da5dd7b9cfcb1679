import * as Effect from "effect/Effect"
import { request } from "undici"

export interface Sample {
  readonly what: string
  readonly status: number | "-"
  readonly traceId: string
}

interface Call {
  readonly what: string
  readonly path?: string
  readonly body: unknown
  /** Instead of the demo's own. */
  readonly token?: string
  readonly headers?: { readonly [name: string]: string }
  /** Leave after the first bytes. */
  readonly leave?: boolean
}

const say = (content: string) => [{ role: "user", content }]
const weather = {
  type: "function",
  function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } }
}

const calls: ReadonlyArray<Call> = [
  { what: "a chat", body: { model: "openai-main/gpt-4o-mini", messages: say("Why is the sky blue?") } },
  {
    what: "a streamed chat",
    body: { model: "openai-main/gpt-4o-mini", stream: true, messages: say("Tell me a story") }
  },
  {
    what: "a chat with tools",
    body: {
      model: "prod/chat",
      tools: [weather],
      tool_choice: "required",
      messages: say("Use the weather tool for Oslo")
    }
  },
  {
    what: "an Anthropic model through the OpenAI API, streamed",
    body: { model: "anthropic-main/claude-sonnet", stream: true, messages: say("Hello Claude") }
  },
  {
    what: "Anthropic's own API",
    path: "/v1/messages",
    body: { model: "anthropic-main/claude-sonnet", max_tokens: 200, system: "Be brief.", messages: say("Hello") }
  },
  {
    what: "embeddings",
    path: "/v1/embeddings",
    body: { model: "openai-main/text-embedding-3-small", input: "a sentence" }
  },
  {
    what: "a provider that is down: retry, then fallback",
    body: { model: "prod/resilient", stream: true, messages: say("Are you there?") },
    headers: { "x-tfy-metadata": '{"feature":"support-bot"}' }
  },
  { what: "a request that the provider refuses", body: { model: "openai-main/strict", messages: say("x") } },
  {
    what: "a caller that leaves mid-stream",
    body: { model: "prod/chat", stream: true, messages: say("Count to a hundred, slowly, please") },
    leave: true
  },
  { what: "a wrong token", body: { model: "prod/chat", messages: say("x") }, token: "sg-wrong" },
  { what: "an unknown model", body: { model: "prod/nothing", messages: say("x") } }
]

/** Sends one request of each kind, and tells the trace id of each. */
export const sampleTraffic = (url: string, token: string): Effect.Effect<ReadonlyArray<Sample>> =>
  Effect.forEach(calls, (call) => Effect.promise(() => send(url, token, call)))

const send = async (url: string, token: string, call: Call): Promise<Sample> => {
  const answer = await request(url + (call.path ?? "/v1/chat/completions"), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${call.token ?? token}`,
      "user-agent": "spangate-demo",
      ...call.headers
    },
    body: JSON.stringify(call.body)
  })
  const traceId = String(answer.headers["x-trace-id"])
  if (call.leave === true) {
    for await (const _chunk of answer.body) break
    answer.body.destroy()
  } else {
    await answer.body.dump({ limit: Number.MAX_SAFE_INTEGER })
  }
  return { what: call.what, status: answer.statusCode, traceId }
}

import * as Effect from "effect/Effect"
import { request } from "undici"
import { type AskOptions, ask, headersOf } from "../e2e/kit/ask.ts"
import { secrets, type Words } from "./words.ts"

const tools = (words: Words) => [
  {
    type: "function",
    function: {
      name: "lookup",
      description: words.said("tool description"),
      parameters: {
        type: "object",
        properties: { city: { type: "string", description: words.said("tool parameter") } }
      }
    }
  }
]

const messages = (words: Words) => [
  { role: "system", content: words.said("system") },
  { role: "user", content: "Where is it?" },
  {
    role: "assistant",
    content: null,
    tool_calls: [
      {
        id: "call_1",
        type: "function",
        function: { name: "lookup", arguments: JSON.stringify({ city: words.said("tool arguments") }) }
      }
    ]
  },
  { role: "tool", tool_call_id: "call_1", content: words.said("tool result") },
  { role: "user", content: `${words.said("prompt")} and again "${words.said("prompt")}"\n🌍` }
]

const withFiles = (words: Words) => [
  ...messages(words),
  {
    role: "user",
    content: [
      { type: "text", text: words.said("prompt") },
      { type: "image_url", image_url: { url: `https://files.example.org/${encodeURI(words.said("file URL"))}.png` } },
      { type: "file", file: { filename: "a.txt", file_data: words.said("file data") } }
    ]
  }
]

/**
 * One request of each kind that the gateway can get, with words in every place, and how each can end: answered whole,
 * streamed, translated, refused by us and by the provider, retried elsewhere, left by its caller. Gives the trace ids.
 */
export const traffic = Effect.fnUntraced(function* (
  url: string,
  words: Words,
  more: { readonly [name: string]: string } = {}
) {
  const headers = {
    "x-tfy-metadata": JSON.stringify({ note: words.said("metadata") }),
    cookie: `session=${secrets.cookie}`,
    ...more
  }
  const send = (options: AskOptions) => ask(url, { token: secrets.token, ...options, headers })
  const chat = (model: string, extra: object = {}, list: unknown = messages(words)) => ({
    model,
    messages: list,
    ...extra
  })
  const claude = {
    model: "claude/sonnet",
    max_tokens: 99,
    system: words.said("system"),
    stop_sequences: [words.said("stop sequence")],
    messages: [{ role: "user", content: words.said("prompt") }]
  }
  const responses = {
    model: "openai/echo",
    instructions: words.said("system"),
    input: [
      { role: "user", content: [{ type: "input_text", text: words.said("prompt") }] },
      {
        type: "function_call",
        call_id: "call_1",
        name: "lookup",
        arguments: JSON.stringify({ city: words.said("tool arguments") })
      },
      { type: "function_call_output", call_id: "call_1", output: words.said("tool result") }
    ]
  }
  const answers = [
    yield* send({
      body: chat("openai/echo", { tools: tools(words), stop: [words.said("stop sequence")] }, withFiles(words))
    }),
    yield* send({ body: chat("openai/echo", { stream: true, tools: tools(words) }) }),
    yield* send({ body: chat("claude/sonnet", { tools: tools(words) }) }),
    yield* send({ body: chat("claude/sonnet", { stream: true }) }),
    yield* send({ path: "/v1/messages", body: claude }),
    yield* send({ path: "/v1/messages", body: { ...claude, stream: true } }),
    yield* send({ path: "/v1/messages", body: { ...claude, model: "openai/echo" } }),
    yield* send({ path: "/v1/responses", body: responses }),
    yield* send({ path: "/v1/responses", body: { ...responses, stream: true } }),
    yield* send({ path: "/v1/embeddings", body: { model: "openai/echo", input: words.said("embedding input") } }),
    yield* send({ path: "/v1/completions", body: { model: "openai/echo", prompt: words.said("prompt") } }),
    yield* send({ path: `/v1/chat/completions?key=${words.never.get("query")}`, body: chat("openai/echo") }),
    yield* send({ body: chat("refusing/m") }),
    yield* send({ body: chat("refusing/page") }),
    yield* send({ body: chat("refusing/m", { stream: true }) }),
    yield* send({ body: chat("prod/fallback") }),
    yield* send({ body: chat("openai/nothing") }),
    yield* send({ body: `{"model":"openai/echo","messages":"${words.said("body that is no JSON")}` }),
    yield* send({ token: secrets.wrongToken, body: chat("openai/echo") }),
    yield* send({ token: secrets.jwt, body: chat("openai/echo") })
  ]
  const left = yield* leaving(url, chat("openai/endless", { stream: true }), headers)
  return [...answers.map(({ traceId }) => traceId), left]
})

/** Reads the head of a stream that will not end, and goes. */
const leaving = (url: string, body: unknown, headers: { readonly [name: string]: string }): Effect.Effect<string> =>
  Effect.promise(async () => {
    const answer = await request(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: headersOf({ token: secrets.token, headers }),
      body: JSON.stringify(body)
    })
    await new Promise((resolve) => answer.body.once("data", resolve))
    answer.body.on("error", () => {}).destroy()
    return String(answer.headers["x-trace-id"])
  })

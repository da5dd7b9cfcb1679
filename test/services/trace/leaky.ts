import type { TraceEvent } from "../../../src/services/trace/TraceEvent.ts"
import { attempt, event, REQUEST, RESPONSE, sse } from "./events.ts"

const request = (word: string) => ({
  ...REQUEST,
  stop: [word, `${word} stop`],
  prompt_variables: { name: word },
  messages: [
    { role: "system", content: `sys ${word}` },
    {
      role: "user",
      content: [
        { type: "text", text: `user ${word} "quoted" é ${"long ".repeat(50)}${word}` },
        { type: "image_url", image_url: { url: `https://files.acme.io/${word}.png` } },
        { type: "image_url", image_url: { url: `data:image/png;base64,${Buffer.from(word).toString("base64")}` } },
        { type: "file", file: { file_id: word, filename: word, file_data: word } }
      ]
    },
    {
      role: "assistant",
      tool_calls: [{ id: word, type: "function", function: { name: word, arguments: JSON.stringify({ city: word }) } }]
    },
    { role: "tool", tool_call_id: word, content: word },
    { role: "user", name: word, content: word }
  ],
  tools: [
    {
      type: "function",
      function: { name: word, description: word, parameters: { properties: { [word]: { const: word } } } }
    }
  ],
  response_format: { type: "json_schema", json_schema: { name: word, schema: { [word]: word } } },
  metadata: { note: word },
  user: word
})

const answer = (word: string) => ({
  ...RESPONSE,
  choices: [
    {
      index: 0,
      finish_reason: "tool_calls",
      message: {
        role: "assistant",
        content: word,
        refusal: word,
        reasoning_content: word,
        tool_calls: [{ id: word, type: "function", function: { name: word, arguments: `{"a":"${word}"}` } }]
      }
    }
  ]
})

const stream = (word: string) =>
  sse([
    { id: "c", model: "gpt-4o-mini-2024-07-18", choices: [{ index: 0, delta: { content: word } }] },
    {
      choices: [
        { index: 0, delta: { tool_calls: [{ index: 0, id: word, function: { name: word, arguments: word } }] } }
      ]
    },
    { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
    { error: { type: `no code but ${word}`, code: word, message: word } },
    { choices: [], usage: { prompt_tokens: 20, completion_tokens: 4, total_tokens: 24 } },
    "[DONE]"
  ])

/** A request with the word wherever its caller, or its provider, can put one. */
export const leaky = (word: string): ReadonlyArray<TraceEvent> => {
  const over = {
    path: `/v1/chat/completions?prompt=${word}`,
    errorMessage: `said ${word}`,
    errorType: `no code but ${word}`
  }
  const failed = attempt({
    outcome: "failed",
    status: 500,
    url: `https://api.openai.com/v1/chat/completions?key=${word}`,
    errorType: `no code but ${word}`,
    errorMessage: `said ${word}`,
    errorBody: `{"error":{"message":"${word}"}}`
  })
  return [
    event({ ...over, attempts: [failed, attempt({ fallback: true })] }, request(word), answer(word)),
    event({ ...over, streaming: true, stream: streamStage(word) }, request(word), stream(word)),
    event({ ...over, status: 500, attempts: [failed] }, request(word), `cut off ${word}`),
    event({ ...over, outcome: "client_disconnected" }, `{"messages": "${word}`, word),
    event(
      { ...over, api: "messages", attempts: [attempt({ api: "anthropic" })] },
      { system: word, messages: [{ role: "user", content: word }], stop_sequences: [word] },
      {
        type: "message",
        content: [{ type: "text", text: word }],
        stop_reason: "end_turn",
        usage: { input_tokens: 20, output_tokens: 4 }
      }
    ),
    event({ ...over, api: "embeddings" }, { input: [word], model: "m" }, word),
    event(
      { ...over, api: "completions" },
      { prompt: word, model: "m" },
      { choices: [{ text: word, finish_reason: "stop" }] }
    )
  ]
}

const streamStage = (word: string) =>
  ({
    start: 5_000_050,
    end: 5_000_060,
    chunks: 3,
    bytes: 9,
    done: true,
    outcome: "failed",
    errorType: `no code but ${word}`
  }) as const

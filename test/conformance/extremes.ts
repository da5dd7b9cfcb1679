import type { TraceEvent } from "../../src/services/trace/TraceEvent.ts"
import { event, REQUEST, RESPONSE, STREAM, sse } from "../services/trace/events.ts"

const MEGABYTE = 1024 * 1024

const chat = (content: string, answer: string, over: object = {}) =>
  event(
    {},
    { ...REQUEST, messages: [{ role: "user", content }], ...over },
    { ...RESPONSE, choices: [{ index: 0, message: { role: "assistant", content: answer }, finish_reason: "stop" }] }
  )

const toolCalls = (count: number, args: string) =>
  Array.from({ length: count }, (_, index) => ({
    id: `call_${index}`,
    type: "function",
    function: { name: `tool_${index}`, arguments: args }
  }))

const nested = (depth: number): string => `${'{"a":['.repeat(depth)}1${"]}".repeat(depth)}`

const chunk = (content: string) => ({ choices: [{ index: 0, delta: { content } }] })

const [first = {}, ...rest] = STREAM

/** Requests at the ends of what there is, by what is extreme about them. Each has ids of its own. */
export const extremes: { readonly [name: string]: TraceEvent } = Object.fromEntries(
  Object.entries({
    "an answer of a megabyte": chat("x", "a".repeat(MEGABYTE)),
    "a prompt of a megabyte": chat("\u{1f600}".repeat(MEGABYTE / 4), "x"),
    "more than fits": chat("漢".repeat(MEGABYTE), "word ".repeat(MEGABYTE / 5)),
    "halves of characters": chat("\ud83d ".repeat(500), `\ude00${"é\ud83d".repeat(500)}`),
    NUL: chat("\u0000".repeat(1000), "a\u0000b"),
    "what JSON escapes": chat('"\\\n\t\u2028\u007f'.repeat(1000), '\\ud83d "\\u0000"'),
    "200 tool calls": event(
      {},
      {
        ...REQUEST,
        messages: [{ role: "assistant", tool_calls: toolCalls(200, '{"city":"漢"}') }],
        tools: Array.from({ length: 200 }, (_, index) => ({ type: "function", function: { name: `tool_${index}` } }))
      },
      {
        ...RESPONSE,
        choices: [
          {
            index: 0,
            finish_reason: "tool_calls",
            message: { role: "assistant", content: null, tool_calls: toolCalls(200, '{"city":"Paris"}') }
          }
        ]
      }
    ),
    "sixteen choices": event(
      {},
      { ...REQUEST, n: 16 },
      {
        ...RESPONSE,
        choices: Array.from({ length: 16 }, (_, index) => ({
          index,
          finish_reason: "stop",
          message: { role: "assistant", content: `choice ${index}` }
        }))
      }
    ),
    "arguments nested a thousand levels deep": event(
      {},
      { ...REQUEST, messages: [{ role: "assistant", tool_calls: toolCalls(1, nested(1000)) }] },
      `{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":${nested(1000)}}}]}`
    ),
    "whole numbers for doubles": chat("x", "y", {
      temperature: 0,
      top_p: 1,
      frequency_penalty: 2,
      presence_penalty: -1,
      seed: 0
    }),
    "an answer that says nothing of its tokens": event({}, REQUEST, { ...RESPONSE, usage: undefined }),
    "an answer of no tokens": event({}, REQUEST, {
      ...RESPONSE,
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
    }),
    "a character in two chunks": event(
      {
        streaming: true,
        stream: { start: 5_000_050, end: 5_000_060, chunks: 7, bytes: 900, done: true, outcome: "completed" }
      },
      { ...REQUEST, stream: true },
      sse([first, chunk("\ud83d"), chunk("\ude00"), ...rest])
    )
  }).map(([name, of], index) => {
    const digits = (index + 1).toString(16).padStart(4, "0")
    return [
      name,
      {
        ...of,
        header: { ...of.header, traceId: `${"e".repeat(28)}${digits}`, spanId: `${"e".repeat(8)}${digits}0000` }
      }
    ]
  })
)

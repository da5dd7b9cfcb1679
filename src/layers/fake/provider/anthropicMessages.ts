import { isJsonObject, type JsonObject } from "../../../services/provider/Api.ts"
import { tokenCount } from "./AnswerStyle.ts"
import { type Answer, type Dialect, type Frame, numberOr, textOf } from "./Dialect.ts"
import type { Ask } from "./Reply.ts"
import type { Tools } from "./toolCalls.ts"

const stopReasons = { stop: "end_turn", length: "max_tokens", tool: "tool_use" } as const
const SIGNATURE = "ZmFrZS1zaWduYXR1cmUtb2YtYS1mYWtlLXRob3VnaHQ="

const errorTypes: { readonly [status: number]: string } = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error"
}

/** Anthropic's error envelope. */
export const anthropicError = (status: number, message: string): unknown => ({
  type: "error",
  error: { type: errorTypes[status] ?? (status < 500 ? "invalid_request_error" : "api_error"), message },
  request_id: "req_fake"
})

const readTools = (json: JsonObject): Tools | undefined => {
  if (!Array.isArray(json["tools"]) || json["tools"].length === 0) return undefined
  const choice = isJsonObject(json["tool_choice"]) ? json["tool_choice"] : {}
  const type = choice["type"]
  return {
    all: json["tools"].flatMap((tool) =>
      typeof tool?.name === "string" ? [{ name: tool.name, parameters: tool.input_schema }] : []
    ),
    choice:
      type === "tool" && typeof choice["name"] === "string"
        ? { name: choice["name"] }
        : type === "any"
          ? "required"
          : type === "none"
            ? "none"
            : "auto",
    parallel: choice["disable_parallel_tool_use"] !== true
  }
}

const isToolResult = (part: unknown): part is JsonObject => isJsonObject(part) && part["type"] === "tool_result"

const read = (json: JsonObject): Ask | string => {
  if (typeof json["model"] !== "string" || json["model"] === "") return "model: Field required"
  const maxTokens = numberOr(json["max_tokens"], undefined)
  if (maxTokens === undefined) return "max_tokens: Field required"
  const messages = json["messages"]
  if (!Array.isArray(messages) || messages.length === 0) return "messages: at least one message is required"
  let prompt = ""
  let characters = textOf(json["system"]).length
  if (json["tools"] !== undefined) characters += JSON.stringify(json["tools"]).length
  let toolResults: Array<string> = []
  for (const message of messages) {
    const text = textOf(message?.content)
    characters += text.length
    if (message?.role !== "user") continue
    const results = Array.isArray(message.content) ? message.content.filter(isToolResult) : []
    toolResults = results.map((result: JsonObject) => textOf(result["content"]))
    if (results.length === 0) prompt = text
  }
  const thinking = isJsonObject(json["thinking"]) ? json["thinking"]["type"] : undefined
  return {
    model: json["model"],
    prompt,
    promptTokens: tokenCount(characters) + 4 * messages.length,
    maxTokens,
    stream: json["stream"] === true,
    choices: 1,
    thinking: thinking === "enabled" || thinking === "adaptive",
    tools: readTools(json),
    toolResults
  }
}

const hasCacheControl = (blocks: unknown): boolean =>
  Array.isArray(blocks) && blocks.some((block) => isJsonObject(block) && isJsonObject(block["cache_control"]))

/**
 * Whatever is marked with `cache_control` is written to the cache by the request whose conversation is only beginning,
 * and read from it by one that goes on (has an assistant's message). `input_tokens` leaves both out, as Anthropic's does.
 */
const inputUsage = (answer: Answer, json: JsonObject) => {
  const messages = Array.isArray(json["messages"]) ? json["messages"] : []
  const marked =
    hasCacheControl(json["system"]) ||
    hasCacheControl(json["tools"]) ||
    messages.some((message) => hasCacheControl(message?.content))
  const cached = marked ? answer.ask.promptTokens - Math.ceil(answer.ask.promptTokens / 4) : 0
  const goesOn = messages.some((message) => message?.role === "assistant")
  return {
    input_tokens: answer.ask.promptTokens - cached,
    cache_creation_input_tokens: goesOn ? 0 : cached,
    cache_read_input_tokens: goesOn ? cached : 0
  }
}

const toolId = (answer: Answer, index: number) => `toolu_fake${String(answer.number).padStart(8, "0")}${index}`

const frame = (data: { readonly type: string; readonly [member: string]: unknown }, token = false): Frame => ({
  event: data.type,
  data: JSON.stringify(data),
  token
})

const block = (
  index: number,
  start: unknown,
  deltas: ReadonlyArray<{ readonly delta: unknown; readonly token: boolean }>
): Array<Frame> => [
  frame({ type: "content_block_start", index, content_block: start }),
  ...deltas.map(({ delta, token }) => frame({ type: "content_block_delta", index, delta }, token)),
  frame({ type: "content_block_stop", index })
]

/** `POST /v1/messages`. */
export const anthropicMessages: Dialect = {
  read,
  whole: (answer, json) => {
    const reply = answer.replies[0]
    return {
      id: `msg_fake${String(answer.number).padStart(8, "0")}`,
      type: "message",
      role: "assistant",
      model: answer.ask.model,
      content:
        reply === undefined
          ? []
          : [
              ...(reply.thinking.length > 0
                ? [{ type: "thinking", thinking: reply.thinking.join(""), signature: SIGNATURE }]
                : []),
              ...(reply.toolCalls.length === 0 ? [{ type: "text", text: reply.text }] : []),
              ...reply.toolCalls.map((call, index) => ({
                type: "tool_use",
                id: toolId(answer, index),
                name: call.name,
                input: call.arguments
              }))
            ],
      stop_reason: stopReasons[reply?.finish ?? "stop"],
      stop_sequence: null,
      usage: { ...inputUsage(answer, json), output_tokens: reply?.outputTokens ?? 0, service_tier: "standard" }
    }
  },
  frames: (answer, json, kept) => {
    const reply = answer.replies[0]
    if (reply === undefined) return []
    const usage = inputUsage(answer, json)
    const message = {
      id: `msg_fake${String(answer.number).padStart(8, "0")}`,
      type: "message",
      role: "assistant",
      model: answer.ask.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      ...(kept.usage ? { usage: { ...usage, output_tokens: 1, service_tier: "standard" } } : {})
    }
    const blocks: Array<Array<Frame>> = []
    if (reply.thinking.length > 0) {
      blocks.push(
        block(blocks.length, { type: "thinking", thinking: "", signature: "" }, [
          ...reply.thinking.map((thinking) => ({ delta: { type: "thinking_delta", thinking }, token: true })),
          { delta: { type: "signature_delta", signature: SIGNATURE }, token: false }
        ])
      )
    }
    if (reply.toolCalls.length === 0) {
      const deltas = reply.tokens.map((text) => ({ delta: { type: "text_delta", text }, token: true }))
      blocks.push(block(blocks.length, { type: "text", text: "" }, deltas))
    }
    reply.toolCalls.forEach((call, index) => {
      const start = { type: "tool_use", id: toolId(answer, index), name: call.name, input: {} }
      blocks.push(
        block(blocks.length, start, [
          { delta: { type: "input_json_delta", partial_json: "" }, token: false },
          ...call.pieces.map((partial_json) => ({ delta: { type: "input_json_delta", partial_json }, token: true }))
        ])
      )
    })
    const frames = [frame({ type: "message_start", message }), ...blocks.flat()]
    frames.splice(2, 0, { event: "ping", data: '{"type": "ping"}', token: false })
    frames.push(
      frame({
        type: "message_delta",
        delta: { stop_reason: stopReasons[reply.finish], stop_sequence: null },
        ...(kept.usage ? { usage: { ...usage, output_tokens: reply.outputTokens } } : {})
      })
    )
    if (kept.done) frames.push(frame({ type: "message_stop" }))
    return frames
  },
  error: anthropicError,
  errorFrames: [
    {
      event: "error",
      data: JSON.stringify({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
      token: false
    }
  ]
}

import { isJsonObject, type JsonObject } from "../../../services/provider/Api.ts"
import { tokenCount } from "./AnswerStyle.ts"
import { type Answer, type Dialect, type Frame, numberOr, textOf } from "./Dialect.ts"
import { openAiError, openAiErrorFrames } from "./openAiErrors.ts"
import type { Ask, Reply } from "./Reply.ts"
import type { Tools } from "./toolCalls.ts"

const finishReasons = { stop: "stop", length: "length", tool: "tool_calls" } as const

const readTools = (json: JsonObject): Tools | undefined => {
  if (!Array.isArray(json["tools"]) || json["tools"].length === 0) return undefined
  const choice = json["tool_choice"]
  const named = isJsonObject(choice) && isJsonObject(choice["function"]) ? choice["function"]["name"] : undefined
  return {
    all: json["tools"].flatMap((tool) =>
      typeof tool?.function?.name === "string"
        ? [{ name: tool.function.name, parameters: tool.function.parameters }]
        : []
    ),
    choice: typeof named === "string" ? { name: named } : choice === "none" || choice === "required" ? choice : "auto",
    parallel: json["parallel_tool_calls"] !== false
  }
}

/** Azure names the deployment in the path. */
export const modelOf = (json: JsonObject, path: string): string | undefined => {
  if (typeof json["model"] === "string" && json["model"] !== "") return json["model"]
  const deployment = /\/deployments\/([^/]+)\//.exec(path)?.[1]
  return deployment === undefined ? undefined : decodeURIComponent(deployment)
}

const read = (json: JsonObject, path: string): Ask | string => {
  const model = modelOf(json, path)
  if (model === undefined) return "you must provide a model parameter"
  const messages = json["messages"]
  if (!Array.isArray(messages) || messages.length === 0) {
    return "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."
  }
  let prompt = ""
  let characters = json["tools"] === undefined ? 0 : JSON.stringify(json["tools"]).length
  let toolResults: Array<string> = []
  for (const message of messages) {
    const text = textOf(message?.content)
    characters += text.length
    if (message?.role === "user") {
      prompt = text
      toolResults = []
    } else if (message?.role === "tool") toolResults.push(text)
  }
  const effort = json["reasoning_effort"]
  return {
    model,
    prompt,
    promptTokens: tokenCount(characters) + 4 * messages.length,
    maxTokens: numberOr(json["max_completion_tokens"], numberOr(json["max_tokens"], undefined)),
    stream: json["stream"] === true,
    choices: numberOr(json["n"], 1),
    thinking: effort !== undefined && effort !== null && effort !== "none",
    tools: readTools(json),
    toolResults
  }
}

/** Prompts of 1,024 tokens or more are cached in blocks of 128, as OpenAI's are. */
export const openAiUsage = (answer: Answer): unknown => {
  const prompt = answer.ask.promptTokens
  const completion = answer.replies.reduce((sum, reply) => sum + reply.outputTokens, 0)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: prompt < 1024 ? 0 : Math.floor((prompt - 1) / 128) * 128, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: answer.replies.reduce((sum, reply) => sum + reply.thinkingTokens, 0),
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0
    }
  }
}

const callId = (answer: Answer, choice: number, index: number) =>
  `call_fake${String(answer.number).padStart(8, "0")}${choice}${index}`

const message = (answer: Answer, reply: Reply, choice: number) =>
  reply.toolCalls.length === 0
    ? { role: "assistant", content: reply.text, refusal: null, annotations: [] }
    : {
        role: "assistant",
        content: null,
        tool_calls: reply.toolCalls.map((call, index) => ({
          id: callId(answer, choice, index),
          type: "function",
          function: { name: call.name, arguments: call.pieces.join("") }
        })),
        refusal: null,
        annotations: []
      }

const envelope = (answer: Answer, object: string) => ({
  id: `chatcmpl-fake${String(answer.number).padStart(8, "0")}`,
  object,
  created: answer.created,
  model: answer.ask.model
})

/** `POST /v1/chat/completions`. */
export const openAiChat: Dialect = {
  read,
  whole: (answer) => ({
    ...envelope(answer, "chat.completion"),
    choices: answer.replies.map((reply, index) => ({
      index,
      message: message(answer, reply, index),
      logprobs: null,
      finish_reason: finishReasons[reply.finish]
    })),
    usage: openAiUsage(answer),
    service_tier: "default",
    system_fingerprint: "fp_fake"
  }),
  frames: (answer, json, kept) => {
    const wantsUsage = isJsonObject(json["stream_options"]) && json["stream_options"]["include_usage"] === true
    const head = JSON.stringify({
      ...envelope(answer, "chat.completion.chunk"),
      service_tier: "default",
      system_fingerprint: "fp_fake"
    }).slice(0, -1)
    const tail = wantsUsage ? ',"usage":null}' : "}"
    const chunk = (index: number, delta: unknown, finish: string | null, token: boolean): Frame => ({
      data: `${head},"choices":[{"index":${index},"delta":${JSON.stringify(delta)},"logprobs":null,"finish_reason":${JSON.stringify(finish)}}]${tail}`,
      token
    })
    const frames = answer.replies.map((reply, index) =>
      chunk(index, { role: "assistant", content: reply.toolCalls.length > 0 ? null : "", refusal: null }, null, false)
    )
    // Choices come interleaved, as they do from OpenAI.
    const longest = Math.max(...answer.replies.map((reply) => reply.tokens.length))
    for (let i = 0; i < longest; i++) {
      answer.replies.forEach((reply, index) => {
        const content = reply.tokens[i]
        if (content !== undefined) frames.push(chunk(index, { content }, null, true))
      })
    }
    answer.replies.forEach((reply, index) => {
      reply.toolCalls.forEach((call, at) => {
        const start = {
          index: at,
          id: callId(answer, index, at),
          type: "function",
          function: { name: call.name, arguments: "" }
        }
        frames.push(chunk(index, { tool_calls: [start] }, null, false))
        for (const piece of call.pieces) {
          frames.push(chunk(index, { tool_calls: [{ index: at, function: { arguments: piece } }] }, null, true))
        }
      })
    })
    answer.replies.forEach((reply, index) => {
      frames.push(chunk(index, {}, finishReasons[reply.finish], false))
    })
    if (wantsUsage && kept.usage) {
      frames.push({ data: `${head},"choices":[],"usage":${JSON.stringify(openAiUsage(answer))}}`, token: false })
    }
    if (kept.done) frames.push({ data: "[DONE]", token: false })
    return frames
  },
  error: openAiError,
  errorFrames: openAiErrorFrames
}

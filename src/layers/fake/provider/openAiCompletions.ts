import { isJsonObject } from "../../../services/provider/Api.ts"
import { tokenCount } from "./AnswerStyle.ts"
import { type Answer, type Dialect, type Frame, numberOr } from "./Dialect.ts"
import { modelOf, openAiUsage } from "./openAiChat.ts"
import { openAiError, openAiErrorFrames } from "./openAiErrors.ts"

const envelope = (answer: Answer) => ({
  id: `cmpl-fake${String(answer.number).padStart(8, "0")}`,
  object: "text_completion",
  created: answer.created,
  model: answer.ask.model
})

/** `POST /v1/completions`. */
export const openAiCompletions: Dialect = {
  read: (json, path) => {
    const model = modelOf(json, path)
    if (model === undefined) return "you must provide a model parameter"
    const prompts = Array.isArray(json["prompt"]) ? json["prompt"] : [json["prompt"]]
    const prompt = typeof prompts[0] === "string" ? prompts[0] : ""
    return {
      model,
      prompt,
      promptTokens: tokenCount(JSON.stringify(prompts).length),
      maxTokens: numberOr(json["max_tokens"], 16),
      stream: json["stream"] === true,
      choices: numberOr(json["n"], 1) * prompts.length,
      thinking: false,
      tools: undefined,
      toolResults: []
    }
  },
  whole: (answer) => ({
    ...envelope(answer),
    choices: answer.replies.map((reply, index) => ({
      text: reply.text,
      index,
      logprobs: null,
      finish_reason: reply.finish
    })),
    usage: openAiUsage(answer)
  }),
  frames: (answer, json, kept) => {
    const wantsUsage = isJsonObject(json["stream_options"]) && json["stream_options"]["include_usage"] === true
    const chunk = (choices: ReadonlyArray<unknown>, usage: unknown, token: boolean): Frame => ({
      data: JSON.stringify({ ...envelope(answer), choices, ...(wantsUsage ? { usage } : {}) }),
      token
    })
    const frames = answer.replies.flatMap((reply, index) => [
      ...reply.tokens.map((text) => chunk([{ text, index, logprobs: null, finish_reason: null }], null, true)),
      chunk([{ text: "", index, logprobs: null, finish_reason: reply.finish }], null, false)
    ])
    if (wantsUsage && kept.usage) frames.push(chunk([], openAiUsage(answer), false))
    if (kept.done) frames.push({ data: "[DONE]", token: false })
    return frames
  },
  error: openAiError,
  errorFrames: openAiErrorFrames
}

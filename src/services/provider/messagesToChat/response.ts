import * as Result from "effect/Result"
import type { JsonObject } from "../Api.ts"
import { toAnthropicStop } from "../finishReason.ts"
import { encodeJson, objectOf, objectsOf, parseJson, textOf } from "../json.ts"
import { isTranslatable } from "../nesting.ts"
import { openAiContentParts, reasoningOf } from "../openAiParts.ts"
import { readOpenAiUsage, toAnthropicUsage } from "../usage.ts"

/** A chat completion as a Messages answer. */
export const messagesResponse = (body: Uint8Array): Result.Result<Uint8Array, string> => {
  const completion = objectOf(parseJson(body))
  if (!isTranslatable(completion)) return Result.fail("it is nested too deep")
  const choice = objectsOf(completion?.["choices"])[0]
  if (completion === undefined || choice === undefined) return Result.fail("it is not a chat completion")
  // Azure leaves the message out where its filter took it away.
  const message = objectOf(choice["message"]) ?? {}
  const content = messageBlocks(message)
  const answer = {
    id: textOf(completion["id"]) ?? "",
    type: "message",
    role: "assistant",
    model: textOf(completion["model"]) ?? "",
    content,
    stop_reason: toAnthropicStop(choice["finish_reason"], {
      tools: content.some((block) => block["type"] === "tool_use"),
      refusal: textOf(message["refusal"]) !== undefined
    }),
    stop_sequence: null,
    usage: toAnthropicUsage(readOpenAiUsage(objectOf(completion["usage"]) ?? {}) ?? {})
  }
  return Result.succeed(encodeJson(answer))
}

const messageBlocks = (message: JsonObject): ReadonlyArray<JsonObject> => {
  const { reasoning, text } = readContent(message)
  return [
    // Nobody signed it, and the schema wants a signature.
    ...(reasoning === "" ? [] : [{ type: "thinking", thinking: reasoning, signature: "" }]),
    ...(text === "" ? [] : [{ type: "text", text, citations: null }]),
    ...objectsOf(message["tool_calls"]).map(toolUse)
  ]
}

interface Content {
  readonly reasoning: string
  readonly text: string
}

/** The two texts of a message or a delta, wherever its provider puts them. */
export const readContent = (message: JsonObject): Content => {
  let reasoning = reasoningOf(message)
  let text = ""
  for (const part of openAiContentParts(message["content"])) {
    if (part.type === "reasoning") reasoning += textOf(part["content"]) ?? ""
    if (part.type === "text" || part.type === "refusal") text += textOf(part["content"]) ?? ""
  }
  return { reasoning, text: text + (textOf(message["refusal"]) ?? "") }
}

const toolUse = (call: JsonObject): JsonObject => {
  const called = objectOf(call["function"])
  return {
    type: "tool_use",
    id: textOf(call["id"]) ?? "",
    name: textOf(called?.["name"]) ?? "",
    input: inputOf(textOf(called?.["arguments"]))
  }
}

/** Arguments cut at the token limit stay text, so that nobody runs a tool with half of them. */
const inputOf = (text: string | undefined): unknown => {
  if (text === undefined) return {}
  const parsed = parseJson(text)
  return parsed === undefined ? text : parsed
}

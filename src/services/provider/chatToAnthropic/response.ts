import * as Result from "effect/Result"
import { isJsonObject, type JsonObject } from "../Api.ts"
import { toOpenAiFinish } from "../finishReason.ts"
import { encodeJson, objectOf, objectsOf, parseJson, textOf } from "../json.ts"
import { isTranslatable } from "../nesting.ts"
import { readAnthropicUsage, toOpenAiUsage } from "../usage.ts"

/** A Messages answer as a chat completion. */
export const chatResponse = (body: Uint8Array): Result.Result<Uint8Array, string> => {
  const message = parseJson(body)
  if (!isTranslatable(message)) return Result.fail("it is nested too deep")
  if (!isJsonObject(message) || !Array.isArray(message["content"])) return Result.fail("it is not a Messages answer")
  const usage = readAnthropicUsage(objectOf(message["usage"]) ?? {})
  const completion = {
    id: textOf(message["id"]) ?? "",
    object: "chat.completion",
    created: CREATED,
    model: textOf(message["model"]) ?? "",
    choices: [
      {
        index: 0,
        message: chatMessage(objectsOf(message["content"])),
        logprobs: null,
        finish_reason: toOpenAiFinish(message["stop_reason"])
      }
    ],
    ...(usage === undefined ? {} : { usage: toOpenAiUsage(usage) })
  }
  return Result.succeed(encodeJson(completion))
}

/** Anthropic does not tell when it answered, and a translation has no clock. */
export const CREATED = 0

const chatMessage = (blocks: ReadonlyArray<JsonObject>): JsonObject => {
  let text = ""
  let reasoning = ""
  const thinking: Array<JsonObject> = []
  const calls: Array<JsonObject> = []
  for (const block of blocks) {
    switch (block["type"]) {
      case "text":
        text += textOf(block["text"]) ?? ""
        break
      case "thinking":
        reasoning += textOf(block["thinking"]) ?? ""
        thinking.push(block)
        break
      case "redacted_thinking":
        thinking.push(block)
        break
      case "tool_use":
        calls.push({
          id: textOf(block["id"]) ?? "",
          type: "function",
          function: { name: textOf(block["name"]) ?? "", arguments: JSON.stringify(block["input"] ?? {}) }
        })
        break
    }
  }
  return {
    role: "assistant",
    content: text === "" && calls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(thinking.length === 0 ? {} : { thinking_blocks: thinking }),
    ...(calls.length === 0 ? {} : { tool_calls: calls })
  }
}

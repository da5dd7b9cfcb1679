import type { JsonObject } from "./Api.ts"
import {
  argumentsOf,
  blobPart,
  filePart,
  mediaPart,
  otherPart,
  type Part,
  reasoningPart,
  textPart,
  toolCallPart,
  toolResponsePart
} from "./genAiParts.ts"
import { arrayOf, objectOf, objectsOf, textOf } from "./json.ts"

/** A Chat Completions message, of a request or an answer, as parts. */
export const openAiMessageParts = (message: JsonObject): ReadonlyArray<Part> => {
  const role = message["role"]
  if (role === "tool" || role === "function") {
    return [toolResponsePart(textOf(message["tool_call_id"]), toolResult(message["content"]))]
  }
  const parts: Array<Part> = []
  const reasoning = reasoningOf(message)
  if (reasoning !== "") parts.push(reasoningPart(reasoning))
  for (const part of openAiContentParts(message["content"])) parts.push(part)
  const refusal = textOf(message["refusal"])
  if (refusal !== undefined) parts.push({ type: "refusal", content: refusal })
  for (const call of objectsOf(message["tool_calls"])) parts.push(callPart(call))
  const legacy = objectOf(message["function_call"])
  if (legacy !== undefined) {
    parts.push(toolCallPart(undefined, textOf(legacy["name"]) ?? "", argumentsOf(legacy["arguments"])))
  }
  const audio = objectOf(message["audio"])
  if (audio !== undefined) parts.push(audioPart(audio))
  return parts
}

export const openAiContentParts = (content: unknown): ReadonlyArray<Part> => {
  if (typeof content === "string") return content === "" ? [] : [textPart(content)]
  return arrayOf(content).flatMap((item) =>
    typeof item === "string" ? [textPart(item)] : objectsOf([item]).flatMap(contentPart)
  )
}

const contentPart = (part: JsonObject): ReadonlyArray<Part> => {
  const type = textOf(part["type"]) ?? "unknown"
  switch (type) {
    case "text":
      return [textPart(textOf(part["text"]) ?? "")]
    case "refusal":
      return [{ type, content: textOf(part["refusal"]) ?? "" }]
    case "thinking":
      return [reasoningPart(thinkingText(part["thinking"]))]
    case "image_url":
      return [mediaPart("image", urlOf(part["image_url"]))]
    case "video_url":
      return [mediaPart("video", urlOf(part["video_url"]))]
    case "input_audio": {
      const audio = objectOf(part["input_audio"])
      const format = textOf(audio?.["format"])
      return [blobPart("audio", format && `audio/${format}`, textOf(audio?.["data"]) ?? "")]
    }
    case "file": {
      const file = objectOf(part["file"])
      const id = textOf(file?.["file_id"])
      return [id === undefined ? mediaPart("document", textOf(file?.["file_data"]) ?? "") : filePart("document", id)]
    }
    default:
      return [otherPart(type, part)]
  }
}

/** The thinking of a message or a delta, wherever its provider puts it; those who give details give the text as well, or alone. */
export const reasoningOf = (message: JsonObject): string =>
  textOf(message["reasoning_content"]) ??
  textOf(message["reasoning"]) ??
  thinkingText(message["reasoning_details"] ?? "")

/** Mistral gives thinking as a list of text parts. */
export const thinkingText = (thinking: unknown): string =>
  typeof thinking === "string"
    ? thinking
    : objectsOf(thinking)
        .map((part) => textOf(part["text"]) ?? "")
        .join("")

/** OpenAI nests the URL in an object, Mistral does not. */
const urlOf = (value: unknown): string => textOf(value) ?? textOf(objectOf(value)?.["url"]) ?? ""

const callPart = (call: JsonObject): Part => {
  const custom = objectOf(call["custom"])
  const called = objectOf(call["function"]) ?? custom
  return toolCallPart(
    textOf(call["id"]),
    textOf(called?.["name"]) ?? "",
    custom === undefined ? argumentsOf(called?.["arguments"]) : custom["input"]
  )
}

/** Text alone stays text, whichever way it was written. */
const toolResult = (content: unknown): unknown => {
  const texts = objectsOf(content).map((part) => (part["type"] === "text" ? textOf(part["text"]) : undefined))
  return texts.length === 0 || texts.includes(undefined) ? content : texts.join("\n")
}

const audioPart = (audio: JsonObject): Part => {
  const data = textOf(audio["data"])
  return data === undefined ? filePart("audio", textOf(audio["id"]) ?? "") : blobPart("audio", undefined, data)
}

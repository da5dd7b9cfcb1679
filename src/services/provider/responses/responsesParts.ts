import type { JsonObject } from "../Api.ts"
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
} from "../genAiParts.ts"
import { arrayOf, objectOf, objectsOf, textOf } from "../json.ts"

/** What kind of item it is; a message may leave its type out. */
export const itemType = (item: JsonObject): string => textOf(item["type"]) ?? "message"

/** An item of the Responses API, of a request's input or an answer's output, as parts. Tools of the provider's own keep their form. */
export const responsesItemParts = (item: JsonObject): ReadonlyArray<Part> => {
  const type = itemType(item)
  switch (type) {
    case "message":
      return contentParts(item["content"])
    case "reasoning": {
      const said = reasoningText(item)
      return said === "" ? [] : [reasoningPart(said)]
    }
    case "function_call":
      return [toolCallPart(callId(item), textOf(item["name"]) ?? "", argumentsOf(item["arguments"]))]
    case "custom_tool_call":
      return [toolCallPart(callId(item), textOf(item["name"]) ?? "", item["input"] ?? null)]
    case "function_call_output":
    case "custom_tool_call_output":
      return [toolResponsePart(callId(item), toolResult(item["output"]))]
    default:
      return [otherPart(type, item)]
  }
}

const callId = (item: JsonObject): string | undefined => textOf(item["call_id"]) ?? textOf(item["id"])

const contentParts = (content: unknown): ReadonlyArray<Part> => {
  if (typeof content === "string") return content === "" ? [] : [textPart(content)]
  return arrayOf(content).flatMap((item) =>
    typeof item === "string" ? [textPart(item)] : objectsOf([item]).map(contentPart)
  )
}

const contentPart = (part: JsonObject): Part => {
  const type = textOf(part["type"]) ?? "unknown"
  switch (type) {
    case "input_text":
    case "output_text":
    case "text":
      return textPart(textOf(part["text"]) ?? "")
    case "refusal":
      return { type, content: textOf(part["refusal"]) ?? "" }
    case "input_image":
      return fileOr("image", part, textOf(part["image_url"]))
    case "input_file":
      return fileOr("document", part, textOf(part["file_data"]) ?? textOf(part["file_url"]))
    case "input_audio": {
      const audio = objectOf(part["input_audio"])
      const format = textOf(audio?.["format"])
      return blobPart("audio", format && `audio/${format}`, textOf(audio?.["data"]) ?? "")
    }
    default:
      return otherPart(type, part)
  }
}

const fileOr = (modality: string, part: JsonObject, url: string | undefined): Part => {
  const id = textOf(part["file_id"])
  return id === undefined ? mediaPart(modality, url ?? "") : filePart(modality, id)
}

/** The thoughts themselves where a model shows them, else their summary. What is encrypted says nothing. */
const reasoningText = (item: JsonObject): string => textsOf(item["content"]) || textsOf(item["summary"])

const textsOf = (parts: unknown): string =>
  objectsOf(parts)
    .map((part) => textOf(part["text"]) ?? "")
    .join("\n\n")

/** Text alone stays text, whichever way it was written. */
const toolResult = (output: unknown): unknown => {
  const texts = objectsOf(output).map((part) => (part["type"] === "input_text" ? textOf(part["text"]) : undefined))
  return texts.length === 0 || texts.includes(undefined) ? output : texts.join("\n")
}

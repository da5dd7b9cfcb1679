import type { JsonObject } from "./Api.ts"
import {
  blobPart,
  filePart,
  otherPart,
  type Part,
  reasoningPart,
  textPart,
  toolCallPart,
  toolResponsePart
} from "./genAiParts.ts"
import { arrayOf, objectOf, objectsOf, textOf } from "./json.ts"
import { boundedDepth } from "./nesting.ts"

/** The content of a Messages turn, of a request or an answer, as parts. */
export const anthropicParts = (content: unknown): ReadonlyArray<Part> => {
  if (typeof content === "string") return content === "" ? [] : [textPart(content)]
  return arrayOf(content).flatMap((item) => objectsOf([item]).map(blockPart))
}

const blockPart = (block: JsonObject): Part => {
  const type = textOf(block["type"]) ?? "unknown"
  switch (type) {
    case "text":
      return textPart(textOf(block["text"]) ?? "")
    case "thinking":
      return reasoningPart(textOf(block["thinking"]) ?? "")
    case "redacted_thinking":
      // Encrypted: of no use to a reader.
      return { type }
    case "tool_use":
      return toolCallPart(textOf(block["id"]), textOf(block["name"]) ?? "", block["input"] ?? null)
    case "tool_result":
      return toolResponsePart(textOf(block["tool_use_id"]), toolResult(block["content"]))
    case "image":
      return sourcePart("image", block)
    case "document":
      return sourcePart("document", block)
    case "server_tool_use":
    case "mcp_tool_use":
      return serverCallPart(block)
    default:
      return textOf(block["tool_use_id"]) === undefined ? otherPart(type, block) : serverResponsePart(type, block)
  }
}

const sourcePart = (modality: string, block: JsonObject): Part => {
  const source = objectOf(block["source"])
  switch (source?.["type"]) {
    case "base64":
      return blobPart(modality, textOf(source["media_type"]), textOf(source["data"]) ?? "")
    case "url":
      return { type: "uri", modality, uri: textOf(source["url"]) ?? "" }
    case "file":
      return filePart(modality, textOf(source["file_id"]) ?? "")
    case "text":
      return textPart(textOf(source["data"]) ?? "")
    default:
      return otherPart(modality, block)
  }
}

const serverCallPart = (block: JsonObject): Part => {
  const name = textOf(block["name"]) ?? ""
  const id = textOf(block["id"])
  return {
    type: "server_tool_call",
    ...(id === undefined ? {} : { id }),
    name,
    server_tool_call: { type: name, input: boundedDepth(block["input"] ?? null) }
  }
}

const serverResponsePart = (type: string, block: JsonObject): Part => ({
  type: "server_tool_call_response",
  id: block["tool_use_id"],
  server_tool_call_response: { type, content: boundedDepth(block["content"] ?? null) }
})

/** Text alone stays text, whichever way it was written. */
const toolResult = (content: unknown): unknown => {
  const texts = objectsOf(content).map((part) => (part["type"] === "text" ? textOf(part["text"]) : undefined))
  return texts.length === 0 || texts.includes(undefined) ? content : texts.join("\n")
}

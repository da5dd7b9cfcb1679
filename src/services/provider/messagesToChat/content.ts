import * as Result from "effect/Result"
import type { JsonObject } from "../Api.ts"
import { objectOf, objectsOf, textOf } from "../json.ts"
import { refuse } from "../refusals.ts"
import type { NotTranslatable } from "../Translator.ts"

type Parts = Result.Result<ReadonlyArray<JsonObject>, NotTranslatable>

/** A block of a user's turn as parts of a chat message. `place` names the block in a refusal. */
export const contentParts = (block: JsonObject, place: string): Parts => {
  switch (block["type"]) {
    case "text":
      return Result.succeed(textParts(block["text"]))
    case "image":
      return image(objectOf(block["source"]), place)
    case "document":
      return document(block, objectOf(block["source"]), place)
    case "search_result":
      return Result.succeed(objectsOf(block["content"]).flatMap((part) => textParts(part["text"])))
    default:
      return refuse(place, "takes content blocks of the types text, image, document and tool_result only")
  }
}

/** One text as a plain string, which every imitator of the API takes. */
export const textOrParts = (parts: ReadonlyArray<JsonObject>): unknown => {
  const [only] = parts
  return parts.length === 1 && only?.["type"] === "text" ? only["text"] : parts
}

/** The text of all text blocks among the given ones. */
export const joinedText = (blocks: unknown, separator: string): string =>
  objectsOf(blocks)
    .filter((block) => block["type"] === "text")
    .map((block) => textOf(block["text"]) ?? "")
    .join(separator)

const textParts = (value: unknown): ReadonlyArray<JsonObject> => {
  const text = textOf(value)
  return text === undefined ? [] : [{ type: "text", text }]
}

const image = (source: JsonObject | undefined, place: string): Parts => {
  switch (source?.["type"]) {
    case "base64":
      return Result.succeed([{ type: "image_url", image_url: { url: dataUrl(source) } }])
    case "url":
      return Result.succeed([{ type: "image_url", image_url: { url: textOf(source["url"]) ?? "" } }])
    default:
      return refuse(place, "takes images as base64 or as a URL only")
  }
}

const document = (block: JsonObject, source: JsonObject | undefined, place: string): Parts => {
  switch (source?.["type"]) {
    case "base64":
      return Result.succeed([
        { type: "file", file: { filename: textOf(block["title"]) ?? "document.pdf", file_data: dataUrl(source) } }
      ])
    case "text":
      return Result.succeed(textParts(source["data"]))
    case "content":
      return typeof source["content"] === "string"
        ? Result.succeed(textParts(source["content"]))
        : Result.map(Result.all(objectsOf(source["content"]).map((inner) => contentParts(inner, place))), (parts) =>
            parts.flat()
          )
    default:
      return refuse(place, "takes documents as base64 or as text only")
  }
}

const dataUrl = (source: JsonObject): string =>
  `data:${textOf(source["media_type"]) ?? "application/octet-stream"};base64,${textOf(source["data"]) ?? ""}`

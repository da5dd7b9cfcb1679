import * as Result from "effect/Result"
import type { JsonObject } from "../Api.ts"
import { readDataUrl } from "../genAiParts.ts"
import { arrayOf, objectOf, textOf } from "../json.ts"
import { refuse } from "../refusals.ts"
import type { NotTranslatable } from "../Translator.ts"

export type Block = { readonly type: string; readonly [key: string]: unknown }

/** A chat message's content as Anthropic's blocks. Empty text is left out. `place` names the content in a refusal. */
export const contentBlocks = (content: unknown, place: string): Result.Result<ReadonlyArray<Block>, NotTranslatable> =>
  Result.gen(function* () {
    if (typeof content === "string") return textBlocks(content)
    const blocks: Array<Block> = []
    for (const [index, part] of arrayOf(content).entries()) {
      if (typeof part === "string") blocks.push(...textBlocks(part))
      else blocks.push(...(yield* partBlocks(objectOf(part) ?? {}, `${place}[${index}]`)))
    }
    return blocks
  })

const textBlocks = (text: string): ReadonlyArray<Block> => (text === "" ? [] : [{ type: "text", text }])

const partBlocks = (part: JsonObject, place: string): Result.Result<ReadonlyArray<Block>, NotTranslatable> => {
  switch (part["type"]) {
    case "text":
      return Result.succeed(textBlocks(textOf(part["text"]) ?? "").map((block) => cached(part, block)))
    case "refusal":
      return Result.succeed(textBlocks(textOf(part["refusal"]) ?? ""))
    case "thinking":
      // Mistral's models think in parts of the content. Nobody signed them, so Anthropic would refuse them.
      return Result.succeed([])
    case "image_url": {
      const image = part["image_url"]
      return Result.map(imageSource(textOf(image) ?? textOf(objectOf(image)?.["url"]), place), (source) => [
        cached(part, { type: "image", source })
      ])
    }
    case "file":
      return Result.map(document(objectOf(part["file"]) ?? {}, place), (block) => [cached(part, block)])
    default:
      return refuse(place, "takes content parts of the types text, image_url and file only")
  }
}

/** Callers who know that they speak to Claude mark what is to be cached, as Anthropic's own clients do. */
const cached = (part: JsonObject, block: Block): Block => {
  const cache = objectOf(part["cache_control"])
  return cache === undefined ? block : { ...block, cache_control: cache }
}

const imageSource = (url: string | undefined, place: string): Result.Result<JsonObject, NotTranslatable> => {
  if (url?.startsWith("https://") === true || url?.startsWith("http://") === true) {
    return Result.succeed({ type: "url", url })
  }
  const data = url === undefined ? undefined : readDataUrl(url)
  return data === undefined
    ? refuse(place, "takes images as an https URL or a base64 `data:` URL only")
    : Result.succeed({ type: "base64", media_type: data.mediaType, data: data.base64 })
}

const document = (file: JsonObject, place: string): Result.Result<Block, NotTranslatable> => {
  const data = readDataUrl(textOf(file["file_data"]) ?? "")
  if (data?.mediaType !== "application/pdf") {
    return refuse(place, "takes files as a base64 `data:` URL of a PDF in `file_data` only")
  }
  const title = textOf(file["filename"])
  return Result.succeed({
    type: "document",
    source: { type: "base64", media_type: data.mediaType, data: data.base64 },
    ...(title === undefined ? {} : { title })
  })
}

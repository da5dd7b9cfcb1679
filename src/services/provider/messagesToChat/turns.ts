import * as Result from "effect/Result"
import { isJsonObject, type JsonObject } from "../Api.ts"
import { arrayOf, objectOf, objectsOf, textOf } from "../json.ts"
import { refuse } from "../refusals.ts"
import type { NotTranslatable } from "../Translator.ts"
import { contentParts, joinedText, textOrParts } from "./content.ts"

type Messages = ReadonlyArray<JsonObject>

/** Anthropic's turns as chat messages: the system text first, each tool result as a message of its own. */
export const chatMessages = (system: unknown, turns: unknown): Result.Result<Messages, NotTranslatable> =>
  Result.gen(function* () {
    const messages: Array<JsonObject> = []
    const instructions = typeof system === "string" ? system : joinedText(system, "\n\n")
    if (instructions !== "") messages.push({ role: "system", content: instructions })
    for (const [index, turn] of arrayOf(turns).entries()) {
      if (!isJsonObject(turn)) return yield* refuse(`messages[${index}]`, "takes messages that are objects only")
      messages.push(...(yield* turnMessages(turn, `messages[${index}]`)))
    }
    return messages
  })

const turnMessages = (turn: JsonObject, place: string): Result.Result<Messages, NotTranslatable> => {
  const { content, role } = turn
  switch (role) {
    case "user":
      return typeof content === "string"
        ? Result.succeed([{ role, content }])
        : userMessages(arrayOf(content), `${place}.content`)
    case "assistant":
      return Result.succeed(typeof content === "string" ? [{ role, content }] : assistantMessages(objectsOf(content)))
    case "system":
      return Result.succeed([{ role, content: typeof content === "string" ? content : joinedText(content, "\n\n") }])
    default:
      return refuse(`${place}.role`, "takes the roles user, assistant and system only")
  }
}

/** Tool results come first: OpenAI wants them right after the calls. */
const userMessages = (blocks: ReadonlyArray<unknown>, place: string): Result.Result<Messages, NotTranslatable> =>
  Result.gen(function* () {
    const results: Array<JsonObject> = []
    const parts: Array<JsonObject> = []
    for (const [index, block] of blocks.entries()) {
      const here = `${place}[${index}]`
      const read = objectOf(block) ?? {}
      if (read["type"] !== "tool_result") {
        parts.push(...(yield* contentParts(read, here)))
        continue
      }
      const { media, text } = yield* toolResult(read, here)
      results.push({ role: "tool", tool_call_id: textOf(read["tool_use_id"]) ?? "", content: text })
      parts.push(...media)
    }
    return parts.length === 0 ? results : [...results, { role: "user", content: textOrParts(parts) }]
  })

interface ToolResult {
  readonly text: string
  /** OpenAI's tool messages hold text only; images follow as the user's. */
  readonly media: ReadonlyArray<JsonObject>
}

const toolResult = (block: JsonObject, place: string): Result.Result<ToolResult, NotTranslatable> =>
  Result.gen(function* () {
    const { content } = block
    const parts: Array<JsonObject> = []
    for (const [index, item] of arrayOf(content).entries()) {
      parts.push(...(yield* contentParts(objectOf(item) ?? {}, `${place}.content[${index}]`)))
    }
    const said = typeof content === "string" ? content : joinedText(parts, "\n")
    // OpenAI has no flag for a failed tool; the model must be able to read it.
    const text = block["is_error"] === true && !/^error/i.test(said) ? `Error: ${said}` : said
    return { text, media: parts.filter((part) => part["type"] !== "text") }
  })

/** Blocks of Anthropic's own tools and signed thinking say nothing to another model and are left out. */
const assistantMessages = (blocks: ReadonlyArray<JsonObject>): Messages => {
  const text = joinedText(blocks, "")
  const calls = blocks.flatMap((block) =>
    block["type"] === "tool_use"
      ? [
          {
            id: textOf(block["id"]) ?? "",
            type: "function",
            function: { name: textOf(block["name"]) ?? "", arguments: JSON.stringify(block["input"] ?? {}) }
          }
        ]
      : []
  )
  if (text === "" && calls.length === 0) return []
  return [
    {
      role: "assistant",
      content: text === "" ? null : text,
      ...(calls.length === 0 ? {} : { tool_calls: calls, ...unsignedThinking(blocks) })
    }
  ]
}

/**
 * Thinking without a signature came from a provider of this family, as `reasoning_content`. Those that give it want it
 * back beside the calls it led to.
 */
const unsignedThinking = (blocks: ReadonlyArray<JsonObject>): JsonObject => {
  const thinking = blocks
    .filter((block) => block["type"] === "thinking" && block["signature"] === "")
    .map((block) => textOf(block["thinking"]) ?? "")
    .join("")
  return thinking === "" ? {} : { reasoning_content: thinking }
}

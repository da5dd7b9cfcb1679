import * as Result from "effect/Result"
import { isJsonObject, type JsonObject } from "../Api.ts"
import { arrayOf, objectOf, objectsOf, parseJson, textOf } from "../json.ts"
import { refuse } from "../refusals.ts"
import type { NotTranslatable } from "../Translator.ts"
import { type Block, contentBlocks } from "./content.ts"

export interface Turn {
  readonly role: "user" | "assistant"
  readonly content: ReadonlyArray<Block>
}

interface Conversation {
  readonly system: ReadonlyArray<Block>
  readonly turns: ReadonlyArray<Turn>
}

/**
 * Chat messages as Anthropic's alternating turns: system and developer messages move out, tool results become a user's
 * blocks, neighbours of one role become one turn, and what is empty is left out because Anthropic refuses it.
 */
export const chatTurns = (messages: unknown): Result.Result<Conversation, NotTranslatable> =>
  Result.gen(function* () {
    const system: Array<Block> = []
    const turns: Array<{ role: Turn["role"]; content: Array<Block> }> = []
    for (const [index, message] of arrayOf(messages).entries()) {
      if (!isJsonObject(message)) return yield* refuse(`messages[${index}]`, "takes messages that are objects only")
      const { blocks, role } = yield* readMessage(message, index)
      if (role === "system") {
        system.push(...blocks)
        continue
      }
      if (blocks.length === 0) continue
      const last = turns.at(-1)
      if (last?.role === role) last.content.push(...blocks)
      else turns.push({ role, content: [...blocks] })
    }
    if (turns.length > 0) return { system, turns }
    if (system.length === 0) return yield* refuse("messages", "needs at least one message with content")
    // Anthropic wants a turn of the user's. Of a system message alone, the message is it.
    return { system: [], turns: [{ role: "user" as const, content: system }] }
  })

interface Read {
  readonly role: Turn["role"] | "system"
  readonly blocks: ReadonlyArray<Block>
}

const readMessage = (message: JsonObject, index: number): Result.Result<Read, NotTranslatable> => {
  const place = `messages[${index}].content`
  switch (message["role"]) {
    case "system":
    case "developer":
      return Result.map(contentBlocks(message["content"], place), (blocks) => ({ role: "system", blocks }))
    case "user":
      return Result.map(contentBlocks(message["content"], place), (blocks) => ({ role: "user", blocks }))
    case "tool":
      return Result.map(contentBlocks(message["content"], place), (blocks) => ({
        role: "user",
        blocks: [toolResult(message, blocks)]
      }))
    case "assistant":
      return Result.flatMap(contentBlocks(message["content"], place), (blocks) =>
        Result.map(toolUses(message, index), (uses) => ({
          role: "assistant",
          blocks: [...thinkingBlocks(message), ...blocks, ...refusalBlocks(message), ...uses]
        }))
      )
    default:
      return refuse(`messages[${index}].role`, "takes the roles system, developer, user, assistant and tool only")
  }
}

const toolResult = (message: JsonObject, blocks: ReadonlyArray<Block>): Block => {
  const [only] = blocks
  const cache = objectOf(message["cache_control"])
  return {
    type: "tool_result",
    tool_use_id: toolId(message["tool_call_id"]),
    content: blocks.length === 1 && only?.type === "text" ? only["text"] : blocks,
    ...(cache === undefined ? {} : { cache_control: cache })
  }
}

const toolUses = (message: JsonObject, index: number): Result.Result<ReadonlyArray<Block>, NotTranslatable> => {
  const uses: Array<Block> = []
  for (const call of objectsOf(message["tool_calls"])) {
    const called = objectOf(call["function"])
    const name = textOf(called?.["name"])
    if (called === undefined || name === undefined) {
      return refuse(`messages[${index}].tool_calls`, "takes tool calls of the type `function` only")
    }
    uses.push({ type: "tool_use", id: toolId(call["id"]), name, input: inputOf(called["arguments"]) })
  }
  return Result.succeed(uses)
}

/** Anthropic takes an object and nothing else; arguments that are none, such as a call cut short, are kept as text. */
const inputOf = (text: unknown): JsonObject => {
  const raw = textOf(text)
  return raw === undefined ? {} : (objectOf(parseJson(raw)) ?? { arguments: raw })
}

/** Anthropic takes letters, digits, `_` and `-` in an id; some models of other makers write `functions.name:0`. */
const toolId = (id: unknown): string => (textOf(id) ?? "").replace(/[^a-zA-Z0-9_-]/g, "_")

/**
 * Thinking as our own answers gave it (`thinking_blocks`), or with the signature beside it. Thinking that is not signed
 * is left out: Anthropic refuses it.
 */
const thinkingBlocks = (message: JsonObject): ReadonlyArray<Block> => {
  const blocks = objectsOf(message["thinking_blocks"]).flatMap((block): ReadonlyArray<Block> => {
    const { data, signature, thinking } = block
    if (block["type"] === "redacted_thinking" && typeof data === "string") return [{ type: "redacted_thinking", data }]
    if (typeof thinking !== "string" || textOf(signature) === undefined) return []
    return [{ type: "thinking", thinking, signature }]
  })
  const thinking = textOf(message["reasoning_content"])
  const signature = textOf(message["reasoning_signature"])
  if (blocks.length > 0 || thinking === undefined || signature === undefined) return blocks
  return [{ type: "thinking", thinking, signature }]
}

const refusalBlocks = (message: JsonObject): ReadonlyArray<Block> => {
  const refusal = textOf(message["refusal"])
  return refusal === undefined ? [] : [{ type: "text", text: refusal }]
}

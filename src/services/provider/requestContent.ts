import type { Mutable } from "effect/Types"
import type { ClientApi, JsonObject } from "./Api.ts"
import { anthropicParts } from "./anthropicParts.ts"
import type { RequestContent } from "./Facts.ts"
import { type Part, textPart } from "./genAiParts.ts"
import { arrayOf, objectOf, objectsOf, textOf } from "./json.ts"
import { openAiMessageParts } from "./openAiParts.ts"
import { responsesMessages } from "./responses/responsesMessages.ts"

interface ChatMessage {
  readonly role: string
  readonly parts: ReadonlyArray<Part>
  readonly name?: string
}

/** What was asked, by the GenAI JSON schemas. Total, and every value is safe for `JSON.stringify`. */
export const readRequestContent = (api: ClientApi, json: JsonObject): RequestContent => {
  const messages = inputMessages(api, json)
  const content: Mutable<RequestContent> = {}
  if (messages.length > 0) content.inputMessages = messages
  if (api === "messages") {
    const system = anthropicParts(json["system"])
    if (system.length > 0) content.systemInstructions = system
  }
  const instructions = api === "responses" ? textOf(json["instructions"]) : undefined
  if (instructions !== undefined) content.systemInstructions = [textPart(instructions)]
  const tools = toolDefinitions(api, json)
  if (tools.length > 0) content.toolDefinitions = tools
  const last = lastUserText(messages)
  if (last !== undefined) content.lastUserText = last.toWellFormed()
  return content
}

const inputMessages = (api: ClientApi, json: JsonObject): ReadonlyArray<ChatMessage> => {
  switch (api) {
    case "chat_completions":
      return objectsOf(json["messages"]).map((message) => {
        const role = textOf(message["role"]) ?? "user"
        const name = textOf(message["name"])
        return {
          role: role === "function" ? "tool" : role,
          parts: openAiMessageParts(message),
          ...(name === undefined ? {} : { name })
        }
      })
    case "messages":
      return objectsOf(json["messages"]).map((message) => ({
        role: textOf(message["role"]) ?? "user",
        parts: anthropicParts(message["content"])
      }))
    case "responses":
      return typeof json["input"] === "string" ? [user(textPart(json["input"]))] : responsesMessages(json["input"])
    case "completions":
      return plainInputs(json["prompt"])
    case "embeddings":
      return plainInputs(json["input"])
  }
}

/** A text, a list of texts, or either as token numbers: each one a user's message. */
const plainInputs = (input: unknown): ReadonlyArray<ChatMessage> => {
  if (typeof input === "string") return [user(textPart(input))]
  const items = arrayOf(input)
  if (items.length === 0) return []
  if (typeof items[0] === "number") return [user({ type: "tokens", content: items })]
  return items.flatMap((item) => {
    if (typeof item === "string") return [user(textPart(item))]
    return Array.isArray(item) ? [user({ type: "tokens", content: item.filter(Number.isFinite) })] : []
  })
}

const user = (part: Part): ChatMessage => ({ role: "user", parts: [part] })

/** Names alone: the conventions advise against descriptions and schemas, which repeat with every request. */
const toolDefinitions = (api: ClientApi, json: JsonObject): ReadonlyArray<unknown> =>
  [...objectsOf(json["tools"]), ...objectsOf(json["functions"])].flatMap((tool) => {
    const type = textOf(tool["type"])
    const name = textOf(tool["name"]) ?? textOf((objectOf(tool["function"]) ?? objectOf(tool["custom"]))?.["name"])
    // Anthropic's own tools have a type of their own; a tool of the caller's has none, or `custom`.
    const isFunction = type === undefined || (type === "custom" && tool["input_schema"] !== undefined)
    // The Responses API's built-in tools are known by their type alone, servers by their label.
    const known = name ?? (api === "responses" ? (textOf(tool["server_label"]) ?? type) : undefined)
    return known === undefined ? [] : [{ type: isFunction ? "function" : type, name: known }]
  })

const lastUserText = (messages: ReadonlyArray<ChatMessage>): string | undefined => {
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i]
    if (message?.role !== "user") continue
    const text = message.parts.findLast((part) => part.type === "text")?.["content"]
    if (typeof text === "string") return text
  }
  return undefined
}

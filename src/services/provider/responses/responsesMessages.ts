import type { JsonObject } from "../Api.ts"
import type { Part } from "../genAiParts.ts"
import { objectsOf, textOf } from "../json.ts"
import { itemType, responsesItemParts } from "./responsesParts.ts"

interface Message {
  readonly role: string
  readonly parts: Array<Part>
}

/** A list of input items as messages. What the assistant said and did in one turn, one item for each, is one message. */
export const responsesMessages = (input: unknown): ReadonlyArray<Message> => {
  const messages: Array<Message> = []
  for (const item of objectsOf(input)) {
    const role = roleOf(item)
    const parts = responsesItemParts(item)
    const last = messages.at(-1)
    if (role === "assistant" && last?.role === "assistant") last.parts.push(...parts)
    else messages.push({ role, parts: [...parts] })
  }
  return messages
}

const roleOf = (item: JsonObject): string => {
  const type = itemType(item)
  if (type === "message") return textOf(item["role"]) ?? "user"
  return type.endsWith("_output") || type === "mcp_approval_response" ? "tool" : "assistant"
}

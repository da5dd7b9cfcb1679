import type { StoredSpan } from "../../../services/store/TraceSummary.ts"

/** A part of a message, as the GenAI conventions write it. */
export type Part = { readonly type: string; readonly [key: string]: unknown }

export interface Message {
  readonly role: string
  readonly parts: ReadonlyArray<Part>
}

export interface Conversation {
  readonly input: ReadonlyArray<Message>
  readonly output: ReadonlyArray<Message>
  /** What could not be read as messages, as it passed. */
  readonly rawInput: string | undefined
  readonly rawOutput: string | undefined
}

/**
 * What was said, from the spans of one request: of the last attempt that carries it, else of the root. Total: what is
 * no message is left to `raw…`.
 */
export const readConversation = (spans: ReadonlyArray<StoredSpan>): Conversation => {
  const attribute = (name: string): string | undefined => {
    const value = spans.findLast((span) => typeof span.attributes[name] === "string")?.attributes[name]
    return typeof value === "string" ? value : undefined
  }
  const system = partsOf(parse(attribute("gen_ai.system_instructions")))
  const asked = messagesOf(parse(attribute("gen_ai.input.messages")))
  const output = messagesOf(parse(attribute("gen_ai.output.messages")))
  const input = system.length === 0 ? asked : [{ role: "system", parts: system }, ...asked]
  return {
    input,
    output,
    rawInput: input.length === 0 ? attribute("tfy.input") : undefined,
    rawOutput: output.length === 0 ? (attribute("tfy.output") ?? attribute("gateway.provider_error")) : undefined
  }
}

export const isEmpty = ({ input, output, rawInput, rawOutput }: Conversation): boolean =>
  input.length === 0 && output.length === 0 && rawInput === undefined && rawOutput === undefined

/** A text of a part, whichever key it has. */
export const textOf = (part: Part): string =>
  typeof part["content"] === "string" ? part["content"] : typeof part["text"] === "string" ? part["text"] : ""

const messagesOf = (value: unknown): ReadonlyArray<Message> =>
  Array.isArray(value)
    ? value.filter(isObject).map((message) => ({
        role: typeof message["role"] === "string" ? message["role"] : "unknown",
        parts: partsOf(message["parts"] ?? message["content"])
      }))
    : []

const partsOf = (value: unknown): ReadonlyArray<Part> => {
  if (typeof value === "string") return value === "" ? [] : [{ type: "text", content: value }]
  if (!Array.isArray(value)) return []
  return value
    .filter(isObject)
    .map((part) => ({ ...part, type: typeof part["type"] === "string" ? part["type"] : "unknown" }))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const parse = (text: string | undefined): unknown => {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

import type { JsonObject, Operation } from "./Api.ts"
import { openAiUsageOf } from "./answerFacts.ts"
import { arrayOf, countOf, objectOf, objectsOf, textOf } from "./json.ts"
import { openAiContentParts, reasoningOf, thinkingText } from "./openAiParts.ts"
import { ToolCallKeys } from "./ToolCallKeys.ts"

interface Call {
  id: string | undefined
  name: string
  arguments: string
}

interface Choice {
  role: string | undefined
  text: string
  reasoning: string
  refusal: string
  readonly keys: ToolCallKeys
  readonly calls: Map<number, Call>
  legacy: Call | undefined
  finish: string | undefined
}

const MEMBERS = ["id", "object", "created", "model", "service_tier", "system_fingerprint"]

/** Puts the chunks of a streamed answer together to the body that would have come without streaming. */
export class OpenAiAssembly {
  readonly #operation: Operation
  readonly #content: boolean
  readonly #head: { [key: string]: unknown } = {}
  readonly #choices = new Map<number, Choice>()
  #usage: JsonObject | undefined
  #usageIsFinal = false
  #finished = false

  constructor(operation: Operation, content: boolean) {
    this.#operation = operation
    this.#content = content
  }

  add(chunk: JsonObject): void {
    for (const member of MEMBERS) {
      const value = chunk[member]
      // Azure opens with a chunk whose members are all empty.
      if (value !== undefined && value !== null && value !== "" && value !== 0) this.#head[member] = value
    }
    for (const choice of objectsOf(chunk["choices"])) this.#addChoice(choice)
    const usage = openAiUsageOf(chunk)
    if (usage === undefined) return
    this.#usage = usage
    this.#usageIsFinal = this.#allFinished()
  }

  /** `[DONE]` was seen. */
  finish(): void {
    this.#finished = true
  }

  /** Some providers close a finished answer without `[DONE]`. */
  get done(): boolean {
    return this.#finished || this.#allFinished()
  }

  /** Usage that came before the last choice had finished is only what was known until then. */
  get usageIsFinal(): boolean {
    return this.#usageIsFinal
  }

  body(done: boolean): JsonObject {
    const choices = [...this.#choices].sort(([a], [b]) => a - b)
    return {
      ...this.#head,
      ...(this.#operation === "chat" ? { object: "chat.completion" } : {}),
      choices: choices.map(([index, choice]) => this.#choiceBody(index, choice, done)),
      ...(this.#usage === undefined ? {} : { usage: this.#usage })
    }
  }

  #allFinished(): boolean {
    if (this.#choices.size === 0) return false
    for (const choice of this.#choices.values()) if (choice.finish === undefined) return false
    return true
  }

  #addChoice(from: JsonObject): void {
    const choice = this.#choiceAt(countOf(from["index"]) ?? 0)
    choice.finish = textOf(from["finish_reason"]) ?? choice.finish
    if (!this.#content) return
    if (this.#operation === "text_completion") choice.text += textOf(from["text"]) ?? ""
    const delta = objectOf(from["delta"]) ?? objectOf(from["message"])
    if (delta === undefined) return
    choice.role = textOf(delta["role"]) ?? choice.role
    choice.reasoning += reasoningOf(delta)
    choice.refusal += textOf(delta["refusal"]) ?? ""
    addContent(choice, delta["content"])
    for (const call of objectsOf(delta["tool_calls"])) addCall(choice, call)
    const legacy = objectOf(delta["function_call"])
    if (legacy !== undefined) choice.legacy = grown(choice.legacy, undefined, legacy)
  }

  #choiceAt(index: number): Choice {
    const known = this.#choices.get(index)
    if (known !== undefined) return known
    const made: Choice = {
      role: undefined,
      text: "",
      reasoning: "",
      refusal: "",
      keys: new ToolCallKeys(),
      calls: new Map(),
      legacy: undefined,
      finish: undefined
    }
    this.#choices.set(index, made)
    return made
  }

  #choiceBody(index: number, choice: Choice, done: boolean): JsonObject {
    const finish_reason = choice.finish ?? (done ? null : "error")
    if (!this.#content) return { index, finish_reason }
    if (this.#operation === "text_completion") return { index, text: choice.text, finish_reason }
    const calls = [...choice.calls.values()].map((call) => ({
      ...(call.id === undefined ? {} : { id: call.id }),
      type: "function",
      function: { name: call.name, arguments: call.arguments }
    }))
    const message = {
      role: choice.role ?? "assistant",
      content: choice.text === "" && (calls.length > 0 || choice.legacy !== undefined) ? null : choice.text,
      ...(choice.reasoning === "" ? {} : { reasoning_content: choice.reasoning }),
      ...(choice.refusal === "" ? {} : { refusal: choice.refusal }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
      ...(choice.legacy === undefined
        ? {}
        : { function_call: { name: choice.legacy.name, arguments: choice.legacy.arguments } })
    }
    return { index, message, finish_reason }
  }
}

/** Mistral streams lists of parts once a model thinks. */
const addContent = (choice: Choice, content: unknown): void => {
  if (typeof content === "string") {
    choice.text += content
    return
  }
  for (const part of objectsOf(arrayOf(content))) {
    if (part["type"] === "thinking") choice.reasoning += thinkingText(part["thinking"])
  }
  for (const part of openAiContentParts(content)) {
    if (part.type === "text") choice.text += textOf(part["content"]) ?? ""
  }
}

const addCall = (choice: Choice, call: JsonObject): void => {
  const key = choice.keys.keyOf(call)
  const known = choice.calls.get(key)
  choice.calls.set(key, grown(known, textOf(call["id"]), objectOf(call["function"]) ?? {}))
}

const grown = (known: Call | undefined, id: string | undefined, called: JsonObject): Call => ({
  id: known?.id ?? id,
  name: known?.name || (textOf(called["name"]) ?? ""),
  arguments: (known?.arguments ?? "") + (textOf(called["arguments"]) ?? "")
})

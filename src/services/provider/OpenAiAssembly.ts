import type { JsonObject, Operation } from "./Api.ts"
import { openAiUsageOf } from "./answerFacts.ts"
import { GrowingText } from "./GrowingText.ts"
import { arrayOf, countOf, objectOf, objectsOf, textOf } from "./json.ts"
import { openAiContentParts, reasoningOf, thinkingText } from "./openAiParts.ts"
import { ToolCallKeys } from "./ToolCallKeys.ts"

interface Call {
  id: string | undefined
  name: string
  readonly arguments: GrowingText
}

interface Choice {
  role: string | undefined
  readonly text: GrowingText
  readonly reasoning: GrowingText
  readonly refusal: GrowingText
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
  /** Of the last gap so far. */
  #note: string | undefined
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

  /** Chunks may be missing here: texts that have no end yet say so with `note`. */
  gap(note: string): void {
    this.#note = note
    for (const { calls, finish, legacy, reasoning, refusal, text } of this.#choices.values()) {
      const ended = finish !== undefined
      for (const growing of [text, reasoning, refusal]) growing.gap(note, ended)
      for (const call of calls.values()) call.arguments.gap(note, ended)
      legacy?.arguments.gap(note, ended)
    }
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
    if (this.#operation === "text_completion") choice.text.add(textOf(from["text"]) ?? "")
    const delta = objectOf(from["delta"]) ?? objectOf(from["message"])
    if (delta === undefined) return
    choice.role = textOf(delta["role"]) ?? choice.role
    choice.reasoning.add(reasoningOf(delta))
    choice.refusal.add(textOf(delta["refusal"]) ?? "")
    addContent(choice, delta["content"])
    for (const call of objectsOf(delta["tool_calls"])) addCall(choice, call, this.#note)
    const legacy = objectOf(delta["function_call"])
    if (legacy !== undefined) choice.legacy = grown(choice.legacy, undefined, legacy, this.#note)
  }

  #choiceAt(index: number): Choice {
    const known = this.#choices.get(index)
    if (known !== undefined) return known
    const made: Choice = {
      role: undefined,
      text: new GrowingText(this.#note),
      reasoning: new GrowingText(this.#note),
      refusal: new GrowingText(this.#note),
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
    if (this.#operation === "text_completion") return { index, text: choice.text.text, finish_reason }
    const calls = [...choice.calls.values()].map((call) => ({
      ...(call.id === undefined ? {} : { id: call.id }),
      type: "function",
      function: { name: call.name, arguments: call.arguments.text }
    }))
    const [text, reasoning, refusal] = [choice.text.text, choice.reasoning.text, choice.refusal.text]
    const message = {
      role: choice.role ?? "assistant",
      content: text === "" && (calls.length > 0 || choice.legacy !== undefined) ? null : text,
      ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
      ...(refusal === "" ? {} : { refusal }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
      ...(choice.legacy === undefined
        ? {}
        : { function_call: { name: choice.legacy.name, arguments: choice.legacy.arguments.text } })
    }
    return { index, message, finish_reason }
  }
}

/** Mistral streams lists of parts once a model thinks. */
const addContent = (choice: Choice, content: unknown): void => {
  if (typeof content === "string") {
    choice.text.add(content)
    return
  }
  for (const part of objectsOf(arrayOf(content))) {
    if (part["type"] === "thinking") choice.reasoning.add(thinkingText(part["thinking"]))
  }
  for (const part of openAiContentParts(content)) {
    if (part.type === "text") choice.text.add(textOf(part["content"]) ?? "")
  }
}

const addCall = (choice: Choice, call: JsonObject, note: string | undefined): void => {
  const key = choice.keys.keyOf(call)
  const called = objectOf(call["function"]) ?? {}
  choice.calls.set(key, grown(choice.calls.get(key), textOf(call["id"]), called, note))
}

const grown = (known: Call | undefined, id: string | undefined, called: JsonObject, note: string | undefined): Call => {
  const name = textOf(called["name"]) ?? ""
  const piece = textOf(called["arguments"]) ?? ""
  const call = known ?? { id, name, arguments: new GrowingText(isStart(name, piece) ? undefined : note) }
  call.id ??= id
  call.name ||= name
  call.arguments.add(piece)
  return call
}

/** Some providers name the function in every chunk of a call, so that a name alone does not tell. */
const isStart = (name: string, piece: string): boolean => name !== "" && (piece === "" || piece.startsWith("{"))

import type { JsonObject } from "./Api.ts"
import { GrowingText } from "./GrowingText.ts"
import { countOf, objectOf, parseJson, textOf } from "./json.ts"
import { boundedDepth } from "./nesting.ts"

interface Block {
  readonly start: JsonObject
  readonly text: GrowingText
  readonly thinking: GrowingText
  signature: string
  readonly input: GrowingText
  ended: boolean
}

/** Puts the events of a streamed Messages answer together to the body that would have come without streaming. */
export class AnthropicAssembly {
  readonly #content: boolean
  readonly #blocks = new Map<number, Block>()
  readonly #usage: { [key: string]: unknown } = {}
  #message: JsonObject = {}
  #stop: JsonObject = {}
  /** Of the last gap so far. */
  #note: string | undefined
  #done = false
  #usageIsFinal = false

  constructor(content: boolean) {
    this.#content = content
  }

  add(event: JsonObject): void {
    switch (event["type"]) {
      case "message_start": {
        this.#message = objectOf(event["message"]) ?? {}
        this.#addUsage(this.#message["usage"])
        break
      }
      case "content_block_start":
        if (this.#content) this.#blocks.set(indexOf(event), blockOf(objectOf(event["content_block"]) ?? {}))
        break
      case "content_block_delta":
        if (this.#content) this.#addDelta(indexOf(event), objectOf(event["delta"]) ?? {})
        break
      case "content_block_stop": {
        const block = this.#blocks.get(indexOf(event))
        if (block !== undefined) block.ended = true
        break
      }
      case "message_delta": {
        this.#stop = { ...this.#stop, ...objectOf(event["delta"]) }
        this.#addUsage(event["usage"])
        if (textOf(this.#stop["stop_reason"]) !== undefined) this.#usageIsFinal = true
        break
      }
      case "message_stop":
        this.#done = true
        break
    }
  }

  /** Events may be missing here: texts that have no end yet say so with `note`. */
  gap(note: string): void {
    this.#note = note
    for (const { ended, input, text, thinking } of this.#blocks.values()) {
      for (const growing of [text, thinking, input]) growing.gap(note, ended)
    }
  }

  finish(): void {
    this.#done = true
  }

  get done(): boolean {
    return this.#done
  }

  get usageIsFinal(): boolean {
    return this.#usageIsFinal
  }

  body(done: boolean): JsonObject {
    const started = textOf(this.#message["type"]) !== undefined || this.#blocks.size > 0
    const blocks = [...this.#blocks].sort(([a], [b]) => a - b).map(([, block]) => blockBody(block))
    return {
      ...this.#message,
      ...(started ? { type: "message" } : {}),
      content: blocks,
      ...this.#stop,
      stop_reason: textOf(this.#stop["stop_reason"]) ?? (done || !started ? null : "error"),
      ...(Object.keys(this.#usage).length === 0 ? {} : { usage: this.#usage })
    }
  }

  /** Cumulative: what an event names replaces what was known, save an input count that falls to zero. */
  #addUsage(usage: unknown): void {
    for (const [member, value] of Object.entries(objectOf(usage) ?? {})) {
      if (value === null || (value === 0 && member !== "output_tokens" && this.#usage[member] !== undefined)) continue
      this.#usage[member] = value
    }
  }

  #addDelta(index: number, delta: JsonObject): void {
    const block = this.#blocks.get(index) ?? blockOf(orphan(delta), this.#note)
    this.#blocks.set(index, block)
    switch (delta["type"]) {
      case "text_delta":
        block.text.add(textOf(delta["text"]) ?? "")
        break
      case "thinking_delta":
        block.thinking.add(textOf(delta["thinking"]) ?? "")
        break
      case "signature_delta":
        block.signature += textOf(delta["signature"]) ?? ""
        break
      case "input_json_delta":
        block.input.add(textOf(delta["partial_json"]) ?? "")
        break
    }
  }
}

const indexOf = (event: JsonObject): number => countOf(event["index"]) ?? 0

const blockOf = (start: JsonObject, noteBefore?: string): Block => {
  const block = {
    start,
    text: new GrowingText(noteBefore),
    thinking: new GrowingText(noteBefore),
    signature: textOf(start["signature"]) ?? "",
    input: new GrowingText(noteBefore),
    ended: false
  }
  block.text.add(textOf(start["text"]) ?? "")
  block.thinking.add(textOf(start["thinking"]) ?? "")
  return block
}

/** A block whose start lies in a gap of the capture. */
const orphan = (delta: JsonObject): JsonObject => {
  switch (delta["type"]) {
    case "thinking_delta":
    case "signature_delta":
      return { type: "thinking" }
    case "input_json_delta":
      return { type: "tool_use", id: "", name: "", input: {} }
    default:
      return { type: "text" }
  }
}

const blockBody = (block: Block): JsonObject => {
  switch (block.start["type"]) {
    case "text":
      return { ...block.start, text: block.text.text }
    case "thinking":
      return { ...block.start, thinking: block.thinking.text, signature: block.signature }
    default: {
      const input = block.input.text
      return input === "" ? { ...block.start } : { ...block.start, input: boundedDepth(parseJson(input) ?? input) }
    }
  }
}

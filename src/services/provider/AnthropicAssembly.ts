import type { JsonObject } from "./Api.ts"
import { countOf, objectOf, parseJson, textOf } from "./json.ts"
import { boundedDepth } from "./nesting.ts"

interface Block {
  readonly start: JsonObject
  text: string
  thinking: string
  signature: string
  input: string
}

/** Puts the events of a streamed Messages answer together to the body that would have come without streaming. */
export class AnthropicAssembly {
  readonly #content: boolean
  readonly #blocks = new Map<number, Block>()
  readonly #usage: { [key: string]: unknown } = {}
  #message: JsonObject = {}
  #stop: JsonObject = {}
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
    const block = this.#blocks.get(index) ?? blockOf(orphan(delta))
    this.#blocks.set(index, block)
    switch (delta["type"]) {
      case "text_delta":
        block.text += textOf(delta["text"]) ?? ""
        break
      case "thinking_delta":
        block.thinking += textOf(delta["thinking"]) ?? ""
        break
      case "signature_delta":
        block.signature += textOf(delta["signature"]) ?? ""
        break
      case "input_json_delta":
        block.input += textOf(delta["partial_json"]) ?? ""
        break
    }
  }
}

const indexOf = (event: JsonObject): number => countOf(event["index"]) ?? 0

const blockOf = (start: JsonObject): Block => ({
  start,
  text: textOf(start["text"]) ?? "",
  thinking: textOf(start["thinking"]) ?? "",
  signature: textOf(start["signature"]) ?? "",
  input: ""
})

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
      return { ...block.start, text: block.text }
    case "thinking":
      return { ...block.start, thinking: block.thinking, signature: block.signature }
    default:
      return block.input === ""
        ? { ...block.start }
        : { ...block.start, input: boundedDepth(parseJson(block.input) ?? block.input) }
  }
}

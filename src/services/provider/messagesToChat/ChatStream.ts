import type { JsonObject } from "../Api.ts"
import { openAiUsageOf } from "../answerFacts.ts"
import { EventStream } from "../EventStream.ts"
import { streamErrorText } from "../errorEnvelope.ts"
import { toAnthropicStop } from "../finishReason.ts"
import { countOf, objectOf, objectsOf, textOf } from "../json.ts"
import { streamError } from "../providerError.ts"
import { sseText } from "../sse.ts"
import { readOpenAiUsage, toAnthropicUsage } from "../usage.ts"
import { readContent } from "./response.ts"
import { ToolBlocks } from "./ToolBlocks.ts"

/**
 * Chat completion chunks as Anthropic's events: one block open at a time, indexes without a gap, and the closing
 * `message_delta` held until the usage has come, which OpenAI sends after the finish reason.
 */
export class ChatStream extends EventStream {
  #started = false
  #open: "text" | "thinking" | "tool_use" | undefined
  #index = -1
  #refused = false
  #stop: string | undefined
  /** Text that came while a tool call was not whole. */
  readonly #waiting: Array<["text" | "thinking", JsonObject]> = []
  #usage: JsonObject | undefined
  readonly #tools = new ToolBlocks({
    open: (id, name) => this.#blockStart("tool_use", { type: "tool_use", id, name, input: {} }),
    input: (json) => this.#blockDelta({ type: "input_json_delta", partial_json: json }),
    close: () => this.#blockStop()
  })

  constructor() {
    super("messages")
  }

  protected event(chunk: JsonObject, name: string): string {
    const error = streamError(chunk, name)
    if (error !== undefined) return this.fail(error.type, streamErrorText("messages", error))
    this.#usage = openAiUsageOf(chunk) ?? this.#usage
    const choice = objectsOf(chunk["choices"]).find((each) => (countOf(each["index"]) ?? 0) === 0)
    // Azure opens with a chunk that has no choice, no id and no model.
    if (choice === undefined) return ""
    const begin = this.#started ? "" : this.#start(chunk)
    return begin + this.#choice(choice)
  }

  protected get isFinished(): boolean {
    return this.#stop !== undefined
  }

  protected finish(): string {
    this.complete()
    const open = this.#started ? "" : this.#start({})
    const closed = this.#close()
    const reason = toAnthropicStop(this.#stop, { tools: this.#tools.any, refusal: this.#refused })
    return (
      open +
      closed +
      sse("message_delta", {
        delta: { stop_reason: reason, stop_sequence: null },
        usage: toAnthropicUsage(readOpenAiUsage(this.#usage ?? {}) ?? {})
      }) +
      sse("message_stop", {})
    )
  }

  #start(chunk: JsonObject): string {
    this.#started = true
    return sse("message_start", {
      message: {
        id: textOf(chunk["id"]) ?? "",
        type: "message",
        role: "assistant",
        model: textOf(chunk["model"]) ?? "",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: toAnthropicUsage({})
      }
    })
  }

  #choice(choice: JsonObject): string {
    const delta = objectOf(choice["delta"]) ?? {}
    const { reasoning, text } = readContent(delta)
    if (textOf(delta["refusal"]) !== undefined) this.#refused = true
    let out = ""
    if (reasoning !== "") out += this.#grow("thinking", { type: "thinking_delta", thinking: reasoning })
    if (text !== "") out += this.#grow("text", { type: "text_delta", text })
    if (objectsOf(delta["tool_calls"]).length > 0) {
      if (this.#open !== "tool_use") out += this.#blockStop()
      out += this.#tools.add(delta)
    }
    const stop = textOf(choice["finish_reason"])
    if (stop !== undefined && this.#stop === undefined) {
      this.#stop = stop
      out += this.#close()
    }
    return out
  }

  #close(): string {
    let out = this.#tools.end()
    for (const [type, delta] of this.#waiting.splice(0)) out += this.#grow(type, delta)
    return out + this.#blockStop()
  }

  #grow(type: "text" | "thinking", delta: JsonObject): string {
    if (this.#open === type) return this.#blockDelta(delta)
    if (this.#open === "tool_use" && !this.#tools.areWhole) {
      this.#waiting.push([type, delta])
      return ""
    }
    const before = this.#tools.end() + this.#blockStop()
    const empty = type === "text" ? { type, text: "", citations: null } : { type, thinking: "", signature: "" }
    return before + this.#blockStart(type, empty) + this.#blockDelta(delta)
  }

  #blockStart(type: "text" | "thinking" | "tool_use", content_block: JsonObject): string {
    this.#open = type
    return sse("content_block_start", { index: ++this.#index, content_block })
  }

  #blockDelta(delta: JsonObject): string {
    return sse("content_block_delta", { index: this.#index, delta })
  }

  #blockStop(): string {
    if (this.#open === undefined) return ""
    this.#open = undefined
    return sse("content_block_stop", { index: this.#index })
  }
}

const sse = (type: string, members: JsonObject): string => sseText(JSON.stringify({ type, ...members }), type)

import type { JsonObject } from "../Api.ts"
import { EventStream } from "../EventStream.ts"
import { streamErrorText } from "../errorEnvelope.ts"
import { toOpenAiFinish } from "../finishReason.ts"
import { countOf, objectOf, textOf } from "../json.ts"
import { streamError } from "../providerError.ts"
import { sseText } from "../sse.ts"
import { AnthropicUsage, toOpenAiUsage } from "../usage.ts"
import { CREATED } from "./response.ts"

/** What is open at an index of the message's content. */
interface Open {
  readonly type: unknown
  /** Position among the tool calls, or among the thinking blocks. */
  readonly position: number
  thinking: string
  signature: string
  /** Whether a tool call has had its arguments. */
  hasArguments: boolean
}

/**
 * Anthropic's events as chat completion chunks. Thinking comes as `reasoning_content`, and once a block is whole as an
 * entry of `thinking_blocks` with its signature, for the caller to send back. A ping becomes a comment.
 */
export class MessagesStream extends EventStream {
  readonly #withUsage: boolean
  readonly #usage = new AnthropicUsage()
  readonly #open = new Map<number, Open>()
  #id = ""
  #model = ""
  #calls = 0
  #thoughts = 0
  #stopped = false

  constructor(withUsage: boolean) {
    super("chat_completions")
    this.#withUsage = withUsage
  }

  protected event(event: JsonObject, name: string): string {
    const error = streamError(event, name)
    if (error !== undefined) return this.fail(error.type, streamErrorText("chat_completions", error))
    switch (event["type"]) {
      case "message_start":
        return this.#start(objectOf(event["message"]) ?? {})
      case "content_block_start":
        return this.#blockStart(countOf(event["index"]) ?? 0, objectOf(event["content_block"]) ?? {})
      case "content_block_delta":
        return this.#blockDelta(countOf(event["index"]) ?? 0, objectOf(event["delta"]) ?? {})
      case "content_block_stop":
        return this.#blockStop(countOf(event["index"]) ?? 0)
      case "message_delta":
        return this.#messageDelta(event)
      case "message_stop":
        return this.finish()
      case "ping":
        return ": ping\n\n"
      default:
        return ""
    }
  }

  protected get isFinished(): boolean {
    return this.#stopped
  }

  protected finish(): string {
    this.complete()
    const usage = this.#withUsage ? this.#usage.usage : undefined
    return `${usage === undefined ? "" : this.#chunk([], toOpenAiUsage(usage))}data: [DONE]\n\n`
  }

  #start(message: JsonObject): string {
    this.#id = textOf(message["id"]) ?? ""
    this.#model = textOf(message["model"]) ?? ""
    this.#usage.add(objectOf(message["usage"]) ?? {})
    return this.#delta({ role: "assistant", content: "", refusal: null })
  }

  #blockStart(index: number, block: JsonObject): string {
    const { type } = block
    const isCall = type === "tool_use"
    const position = isCall ? this.#calls++ : type === "thinking" || type === "redacted_thinking" ? this.#thoughts++ : 0
    const open: Open = {
      type,
      position,
      thinking: "",
      signature: textOf(block["signature"]) ?? "",
      hasArguments: false
    }
    this.#open.set(index, open)
    switch (type) {
      case "text":
        return this.#text(block["text"])
      case "thinking":
        return this.#think(open, block["thinking"])
      case "redacted_thinking":
        return this.#delta({ thinking_blocks: [{ index: position, type, data: block["data"] }] })
      case "tool_use": {
        // Some imitators give the whole input here and no delta.
        const input = objectOf(block["input"]) ?? {}
        open.hasArguments = Object.keys(input).length > 0
        const called = {
          name: textOf(block["name"]) ?? "",
          arguments: open.hasArguments ? JSON.stringify(input) : ""
        }
        return this.#delta({
          tool_calls: [{ index: position, id: textOf(block["id"]) ?? "", type: "function", function: called }]
        })
      }
      default:
        return ""
    }
  }

  #blockDelta(index: number, delta: JsonObject): string {
    const open = this.#open.get(index)
    switch (delta["type"]) {
      case "text_delta":
        return this.#text(delta["text"])
      case "thinking_delta":
        return open === undefined ? "" : this.#think(open, delta["thinking"])
      case "signature_delta":
        if (open !== undefined) open.signature += textOf(delta["signature"]) ?? ""
        return ""
      case "input_json_delta":
        return open?.type === "tool_use" ? this.#arguments(open, textOf(delta["partial_json"]) ?? "") : ""
      default:
        return ""
    }
  }

  #blockStop(index: number): string {
    const open = this.#open.get(index)
    this.#open.delete(index)
    if (open?.type === "tool_use" && !open.hasArguments) return this.#arguments(open, "{}")
    if (open?.type !== "thinking" || open.signature === "") return ""
    const { position, signature, thinking } = open
    return this.#delta({ thinking_blocks: [{ index: position, type: "thinking", thinking, signature }] })
  }

  #messageDelta(event: JsonObject): string {
    this.#usage.add(objectOf(event["usage"]) ?? {})
    const reason = textOf(objectOf(event["delta"])?.["stop_reason"])
    if (reason === undefined || this.#stopped) return ""
    this.#stopped = true
    return this.#chunk([{ index: 0, delta: {}, logprobs: null, finish_reason: toOpenAiFinish(reason) }])
  }

  #text(text: unknown): string {
    const content = textOf(text)
    return content === undefined ? "" : this.#delta({ content })
  }

  #think(open: Open, text: unknown): string {
    const thinking = textOf(text)
    if (thinking === undefined) return ""
    open.thinking += thinking
    return this.#delta({ reasoning_content: thinking })
  }

  #arguments(open: Open, json: string): string {
    if (json === "") return ""
    open.hasArguments = true
    return this.#delta({ tool_calls: [{ index: open.position, function: { arguments: json } }] })
  }

  #delta(delta: JsonObject): string {
    return this.#chunk([{ index: 0, delta, logprobs: null, finish_reason: null }])
  }

  /** A client that asked for usage finds the member on every chunk, null on all but the last. */
  #chunk(choices: ReadonlyArray<JsonObject>, usage: JsonObject | null = null): string {
    return sseText(
      JSON.stringify({
        id: this.#id,
        object: "chat.completion.chunk",
        created: CREATED,
        model: this.#model,
        choices,
        ...(this.#withUsage ? { usage } : {})
      })
    )
  }
}

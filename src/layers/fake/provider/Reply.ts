import { type AnswerStyle, tokensOf } from "./AnswerStyle.ts"
import { type ToolCall, type Tools, toolCalls } from "./toolCalls.ts"

/** A request, whatever its dialect. */
export interface Ask {
  readonly model: string
  /** The last user's text. */
  readonly prompt: string
  /** Everything the model reads. */
  readonly promptTokens: number
  readonly maxTokens: number | undefined
  readonly stream: boolean
  readonly choices: number
  /** The model is to think aloud. */
  readonly thinking: boolean
  readonly tools: Tools | undefined
  /** What the tools answered, once they were called. */
  readonly toolResults: ReadonlyArray<string>
}

/** What one choice says, whatever the dialect. */
export interface Reply {
  readonly text: string
  /** The text's pieces. */
  readonly tokens: ReadonlyArray<string>
  readonly thinking: ReadonlyArray<string>
  readonly toolCalls: ReadonlyArray<ToolCall>
  readonly finish: "stop" | "length" | "tool"
  readonly outputTokens: number
  /** Subset of `outputTokens`. */
  readonly thinkingTokens: number
}

const thoughts = tokensOf("The user said something. Saying it back will do.", undefined)
const none: ReadonlyArray<never> = []

/** Deterministic: the same request gets the same reply. Choices after the first say which they are. */
export const reply = (ask: Ask, style: AnswerStyle, choice: number): Reply => {
  const thinking = ask.thinking ? thoughts : none
  const calls = ask.tools === undefined || ask.toolResults.length > 0 ? none : toolCalls(ask.tools, ask.prompt)
  if (calls.length > 0) {
    const callTokens = calls.reduce((sum, call) => sum + call.pieces.length, 0)
    return {
      text: "",
      tokens: none,
      thinking,
      toolCalls: calls,
      finish: "tool",
      outputTokens: callTokens + thinking.length,
      thinkingTokens: thinking.length
    }
  }
  const said = ask.toolResults.length > 0 ? `The tools answered: ${ask.toolResults.join(" ")}` : style.text(ask.prompt)
  const all = tokensOf(choice === 0 ? said : `${said} (${choice + 1})`, style.chunks)
  const cut = ask.maxTokens !== undefined && ask.maxTokens < all.length
  const tokens = cut ? all.slice(0, ask.maxTokens) : all
  return {
    text: tokens.join(""),
    tokens,
    thinking,
    toolCalls: none,
    finish: cut ? "length" : "stop",
    outputTokens: tokens.length + thinking.length,
    thinkingTokens: thinking.length
  }
}

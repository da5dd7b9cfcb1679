import type { JsonObject } from "../Api.ts"
import { arrayOf, objectsOf } from "../json.ts"
import type { Turn } from "./turns.ts"

/** The smallest budget that Anthropic takes. */
const MIN_BUDGET = 1024

const BUDGETS: ReadonlyMap<unknown, number> = new Map([
  ["minimal", 1024],
  ["low", 1024],
  ["medium", 4096],
  ["high", 16384],
  ["xhigh", 32768],
  ["max", 32768]
])

interface Thinking {
  /** Tokens to add to a bound that the caller did not set. */
  readonly budget: number
  readonly thinking: JsonObject | undefined
  readonly effort: JsonObject
}

/**
 * `reasoning_effort` as thinking. Models up to Claude 4.5 take a budget, later ones an effort. It is a hint: where
 * Anthropic would refuse to think at all (a forced tool, a bound too tight, tool calls in the history whose thinking
 * the caller did not keep) the request goes without. `none` is said by silence: later models refuse to be switched off.
 */
export const chatThinking = (
  effort: unknown,
  modelId: string,
  turns: ReadonlyArray<Turn>,
  request: { readonly maxTokens: number | undefined; readonly forcedTool: boolean }
): Thinking => {
  const wanted = BUDGETS.get(effort)
  if (wanted === undefined || request.forcedTool) return NONE
  if (isAdaptive(modelId)) {
    return {
      budget: wanted,
      thinking: { type: "adaptive" },
      effort: { effort: adaptiveEffort(String(effort), modelId) }
    }
  }
  if (lacksThinking(turns)) return NONE
  // Half of a tight bound is left for the answer.
  const budget = request.maxTokens === undefined ? wanted : Math.min(wanted, Math.floor(request.maxTokens / 2))
  return budget < MIN_BUDGET ? NONE : { budget, thinking: { type: "enabled", budget_tokens: budget }, effort: {} }
}

const NONE: Thinking = { budget: 0, thinking: undefined, effort: {} }

/** Claude from 4.7 on refuses them, whether it thinks or not. */
export const refusesSampling = (modelId: string): boolean => versionOf(modelId) >= 407

/** Major and minor of `claude-opus-4-6`, `claude-sonnet-5` or `anthropic.claude-opus-4-7-v1:0`; a date is no minor. */
const VERSION = /claude-[a-z]+-(\d{1,2})(?:-(\d{1,2}))?(?!\d)/

const versionOf = (modelId: string): number => {
  const match = VERSION.exec(modelId)
  if (match !== null) return Number(match[1]) * 100 + Number(match[2] ?? 0)
  // Families that began after the change; a preview of theirs has no number.
  return /claude-(?:fable|mythos)/.test(modelId) ? 500 : 0
}

const isAdaptive = (modelId: string): boolean => versionOf(modelId) >= 406

/** Claude 4.6 knows no `xhigh`; asking for less is better than for more. */
const adaptiveEffort = (effort: string, modelId: string): string => {
  if (effort === "minimal") return "low"
  return effort === "xhigh" && versionOf(modelId) < 407 ? "high" : effort
}

/** Whether the last answer called tools without the thinking that led to the calls. */
const lacksThinking = (turns: ReadonlyArray<Turn>): boolean => {
  const last = turns.findLast((turn) => turn.role === "assistant")
  const blocks = objectsOf(arrayOf(last?.content))
  return blocks.some(({ type }) => type === "tool_use") && !/^(redacted_)?thinking$/.test(String(blocks[0]?.["type"]))
}

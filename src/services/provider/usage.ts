import type { Mutable } from "effect/Types"
import type { JsonObject } from "./Api.ts"
import type { Usage } from "./Facts.ts"
import { countOf, objectOf } from "./json.ts"

/**
 * Token counts as the two families of APIs write them, to and from the one convention of `Usage`.
 * OpenAI counts cached tokens inside the prompt; Anthropic counts them beside it.
 */

/** OpenAI's `usage`, and what its imitators make of it. */
export const readOpenAiUsage = (usage: JsonObject): Usage | undefined => {
  const input = countOf(usage["prompt_tokens"])
  const output = countOf(usage["completion_tokens"])
  const prompt = objectOf(usage["prompt_tokens_details"])
  const completion = objectOf(usage["completion_tokens_details"])
  const cached =
    countOf(prompt?.["cached_tokens"]) ?? countOf(usage["prompt_cache_hit_tokens"]) ?? countOf(usage["cached_tokens"])
  const written = countOf(prompt?.["cache_write_tokens"])
  const reasoning = countOf(completion?.["reasoning_tokens"]) ?? countOf(usage["reasoning_tokens"])
  const read: Mutable<Usage> = {}
  // Azure's Grok counts cached tokens beside the prompt, which shows when they are more.
  if (input !== undefined) read.inputTokens = cached !== undefined && cached > input ? input + cached : input
  if (output !== undefined) read.outputTokens = output + beside(usage, input, output, reasoning)
  if (cached !== undefined) read.cacheReadInputTokens = cached
  if (written !== undefined) read.cacheCreationInputTokens = written
  if (reasoning !== undefined) read.reasoningOutputTokens = reasoning
  return input === undefined && output === undefined ? undefined : read
}

/** `usage` of the Responses API: the same counts under other names. */
export const readResponsesUsage = (usage: JsonObject): Usage | undefined =>
  readOpenAiUsage({
    prompt_tokens: usage["input_tokens"],
    completion_tokens: usage["output_tokens"],
    total_tokens: usage["total_tokens"],
    prompt_tokens_details: usage["input_tokens_details"],
    completion_tokens_details: usage["output_tokens_details"]
  })

/** xAI counts reasoning beside the completion, which its total gives away. */
const beside = (usage: JsonObject, input = 0, output = 0, reasoning = 0): number =>
  reasoning > 0 && countOf(usage["total_tokens"]) === input + output + reasoning ? reasoning : 0

/** Anthropic's counts as they grow through a stream: each event replaces what it names. */
export class AnthropicUsage {
  #input: number | undefined
  #output: number | undefined
  #cacheRead: number | undefined
  #cacheCreation: number | undefined
  #thinking: number | undefined

  add(usage: JsonObject): void {
    this.#input = grown(this.#input, usage["input_tokens"])
    this.#cacheRead = grown(this.#cacheRead, usage["cache_read_input_tokens"])
    this.#cacheCreation = grown(this.#cacheCreation, usage["cache_creation_input_tokens"])
    this.#output = countOf(usage["output_tokens"]) ?? this.#output
    this.#thinking = countOf(objectOf(usage["output_tokens_details"])?.["thinking_tokens"]) ?? this.#thinking
  }

  get usage(): Usage | undefined {
    const read: Mutable<Usage> = {}
    if (this.#input !== undefined) {
      read.inputTokens = this.#input + (this.#cacheRead ?? 0) + (this.#cacheCreation ?? 0)
    }
    if (this.#output !== undefined) read.outputTokens = this.#output
    if (this.#cacheRead !== undefined) read.cacheReadInputTokens = this.#cacheRead
    if (this.#cacheCreation !== undefined) read.cacheCreationInputTokens = this.#cacheCreation
    if (this.#thinking !== undefined) read.reasoningOutputTokens = this.#thinking
    return this.#input === undefined && this.#output === undefined ? undefined : read
  }
}

/** Some imitators close with a zero where they had named the real count at the start. */
const grown = (known: number | undefined, said: unknown): number | undefined => {
  const count = countOf(said)
  return count === undefined || (count === 0 && known !== undefined) ? known : count
}

export const readAnthropicUsage = (usage: JsonObject): Usage | undefined => {
  const counts = new AnthropicUsage()
  counts.add(usage)
  return counts.usage
}

/** `usage` for a Chat Completions client. */
export const toOpenAiUsage = (usage: Usage): JsonObject => {
  const input = usage.inputTokens ?? 0
  const output = usage.outputTokens ?? 0
  const prompt = {
    ...(usage.cacheReadInputTokens === undefined ? {} : { cached_tokens: usage.cacheReadInputTokens }),
    ...(usage.cacheCreationInputTokens === undefined ? {} : { cache_write_tokens: usage.cacheCreationInputTokens })
  }
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(Object.keys(prompt).length === 0 ? {} : { prompt_tokens_details: prompt }),
    ...(usage.reasoningOutputTokens === undefined
      ? {}
      : { completion_tokens_details: { reasoning_tokens: usage.reasoningOutputTokens } })
  }
}

/** `usage` for a Messages client; every member that its schema requires is there. */
export const toAnthropicUsage = (usage: Usage): JsonObject => {
  const cached = (usage.cacheReadInputTokens ?? 0) + (usage.cacheCreationInputTokens ?? 0)
  return {
    input_tokens: Math.max(0, (usage.inputTokens ?? 0) - cached),
    output_tokens: usage.outputTokens ?? 0,
    cache_creation_input_tokens: usage.cacheCreationInputTokens ?? null,
    cache_read_input_tokens: usage.cacheReadInputTokens ?? null,
    server_tool_use: null,
    ...(usage.reasoningOutputTokens === undefined
      ? {}
      : { output_tokens_details: { thinking_tokens: usage.reasoningOutputTokens } })
  }
}

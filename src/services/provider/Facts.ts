/**
 * What a trace says of a request and its answer, read from their bytes.
 * Absent means the other side did not say; it never means zero.
 */

/** Token counts by the GenAI semantic conventions: `inputTokens` includes cached ones, `outputTokens` includes reasoning. */
export interface Usage {
  readonly inputTokens?: number
  readonly outputTokens?: number
  /** Subset of `inputTokens`. */
  readonly cacheReadInputTokens?: number
  /** Subset of `inputTokens`. */
  readonly cacheCreationInputTokens?: number
  /** Subset of `outputTokens`. */
  readonly reasoningOutputTokens?: number
}

export interface RequestFacts {
  readonly model?: string
  readonly stream?: boolean
  readonly maxTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  readonly frequencyPenalty?: number
  readonly presencePenalty?: number
  readonly seed?: number
  /** `n`, only when it is not 1. */
  readonly choiceCount?: number
  readonly stopSequences?: ReadonlyArray<string>
  /** text | json | image | speech */
  readonly outputType?: string
  readonly serviceTier?: string
  readonly conversationId?: string
}

export interface ResponseFacts {
  readonly id?: string
  readonly model?: string
  /**
   * One per choice, in order, as the provider spelt it; of the Responses API in Chat Completions' words. `error` where a
   * streamed choice never finished.
   */
  readonly finishReasons?: ReadonlyArray<string>
  readonly usage?: Usage
  /** The stream ended before the provider's final usage: the counts are what was known until then. */
  readonly usagePartial?: boolean
  readonly serviceTier?: string
  readonly systemFingerprint?: string
  /** The final event was seen (stream), or the body was whole (not streamed). */
  readonly done: boolean
  /** An error event inside a stream. */
  readonly error?: { readonly type: string; readonly message: string }
}

/** Message content by the GenAI JSON schemas (v1.41): values ready for `JSON.stringify`. */
export interface RequestContent {
  readonly inputMessages?: ReadonlyArray<unknown>
  readonly systemInstructions?: ReadonlyArray<unknown>
  readonly toolDefinitions?: ReadonlyArray<unknown>
  /** The last user text, from which `tfy.input_short_hand` takes its first 100 characters. */
  readonly lastUserText?: string
}

export interface ResponseContent {
  readonly outputMessages?: ReadonlyArray<unknown>
  /** A streamed answer put together as the not-streamed body would have been; undefined when it was not streamed. */
  readonly assembled?: unknown
}

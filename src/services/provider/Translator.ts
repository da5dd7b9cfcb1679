import type * as Result from "effect/Result"
import type { ClientApi, JsonObject } from "./Api.ts"

/** A client request as the gateway holds it: the bytes as sent, and what they parse to. */
export interface ClientRequest {
  readonly api: ClientApi
  /** Valid UTF-8 and a JSON object. */
  readonly bytes: Uint8Array
  readonly json: JsonObject
}

/** Why a request cannot be said in the provider's dialect. Becomes a 400 in the client's envelope. */
export interface NotTranslatable {
  /** One sentence for the caller: what is wrong and how to mend it. Never quotes content. */
  readonly message: string
  /** The offending member, as in OpenAI's `error.param`. */
  readonly param?: string
}

/**
 * One client API spoken to one provider API. Pure: no I/O, no clock, no shared state.
 * Each (client API, provider API) pair has its own file; `translators.ts` is the table.
 */
export interface Translator {
  /**
   * The body for the provider, with `modelId` as its model and streaming usage asked for. `providerName` is the
   * account's `gen_ai.provider.name`: some providers refuse members that others take.
   */
  readonly request: (
    request: ClientRequest,
    modelId: string,
    providerName?: string
  ) => Result.Result<Uint8Array, NotTranslatable>
  /** A complete 2xx body, not streamed. Fails with a reason when the provider's answer makes no sense. */
  readonly response: (body: Uint8Array) => Result.Result<Uint8Array, string>
  /** A provider's error body as the client's own envelope. Total: any bytes give a valid envelope. */
  readonly error: (status: number, body: Uint8Array) => Uint8Array
  /** State for one streamed answer. */
  readonly stream: (request: ClientRequest) => StreamTranslator
}

/**
 * Turns a provider's SSE bytes, cut anywhere, into the client's SSE bytes.
 * The output does not depend on where the input was cut, save for its own cuts.
 */
export interface StreamTranslator {
  /** The bytes to forward now; may be empty. Whole events only, unless the input is forwarded unchanged. */
  readonly push: (chunk: Uint8Array) => Uint8Array
  /** What is left to forward once the provider has ended, or its connection has `broken`. */
  readonly end: (broken?: boolean) => Uint8Array
  /**
   * Whether the provider said that it was finished: by a final event (`[DONE]`, `message_stop`, `response.completed`), or
   * by the reason for which each choice has ended.
   */
  readonly done: () => boolean
  /** Whether a piece of the answer itself has come. Absent where the first bytes of a stream are one already. */
  readonly speaking?: () => boolean
  /** The type or code of an error event that the provider sent inside the stream. */
  readonly error: () => string | undefined
}

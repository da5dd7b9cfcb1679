import type { IncomingHttpHeaders, IncomingMessage } from "node:http"
import type * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Waiters } from "../Waiters.ts"

/**
 * `answered`: all of the answer was handed to the connection. `closed_by_client`: the client closed first.
 * `broken_off`: a fault of ours cut the answer.
 */
export type Outcome = "answered" | "closed_by_client" | "broken_off"

const nothing = new Uint8Array()

/** A request as it reached the provider, and what became of its answer. */
export class RecordedRequest {
  /** From 1, in order of arrival. */
  readonly number: number
  readonly method: string
  /** With its query. */
  readonly path: string
  body: Uint8Array = nothing
  /** All of it has arrived. */
  complete = false
  outcome: Outcome | undefined = undefined
  /** Tokens of a streamed answer handed to the connection so far. */
  tokensSent = 0
  /** A fault has cut the answer, or is about to. */
  breaksOff = false
  readonly #message: IncomingMessage
  readonly #waiters: Waiters

  constructor(number: number, message: IncomingMessage, waiters: Waiters) {
    this.number = number
    this.method = message.method ?? ""
    this.path = message.url ?? ""
    this.#message = message
    this.#waiters = waiters
  }

  /** Names in lower case. */
  get headers(): IncomingHttpHeaders {
    return this.#message.headers
  }

  get text(): string {
    return Buffer.from(this.body).toString()
  }

  /** Throws when the body is not JSON. */
  get json(): unknown {
    return JSON.parse(this.text)
  }

  /** Waits for the end of the exchange: `closed_by_client` is how a provider sees an abort. */
  get ended(): Effect.Effect<Outcome> {
    return this.#waiters.until(() => Option.fromUndefinedOr(this.outcome))
  }

  sentToken(): void {
    this.tokensSent++
    this.#waiters.changed()
  }

  end(outcome: Outcome): void {
    this.outcome = outcome
    this.#waiters.changed()
  }

  /** Waits until so many tokens of the answer are on their way. */
  sent(tokens: number): Effect.Effect<void> {
    return this.#waiters.until(() => (this.tokensSent >= tokens ? Option.some(undefined) : Option.none()))
  }
}

import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** The client's body is larger than the limit. */
export class BodyTooLarge extends Schema.TaggedError<BodyTooLarge>()("BodyTooLarge", {}) {}

/**
 * One HTTP request and its response, as the gateway sees them. Header names are in lower case. When the client leaves
 * before the answer is whole, whoever serves the request is interrupted: nothing here fails for it.
 */
export interface Exchange {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly header: (name: string) => string | undefined
  readonly peerAddress: string | undefined
  readonly peerPort: number | undefined
  readonly protocolVersion: string
  /** The whole body. One call only. */
  readonly readBody: (limit: number) => Effect.Effect<Uint8Array, BodyTooLarge>

  readonly headSent: () => boolean
  /** Whether the client closed its side before the answer was whole. */
  readonly clientGone: () => boolean
  /** Names and values in turn. Throws on a value that no header can carry. */
  readonly writeHead: (status: number, headers: Array<string>) => void
  /** False when the client's socket is full: then wait for `onDrain`. */
  readonly write: (chunk: Uint8Array) => boolean
  /** Calls back once, when the client has taken what was written. */
  readonly onDrain: (resume: () => void) => void
  readonly end: (chunk?: Uint8Array) => void
  /** Ends when the answer has been handed to the operating system, or the client has gone. */
  readonly flushed: Effect.Effect<void>
}

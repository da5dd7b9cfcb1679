import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** The client's body did not come whole. */
export class BodyError extends Schema.TaggedError<BodyError>()("BodyError", {
  reason: Schema.Literals(["too_large", "aborted"])
}) {}

/** One HTTP request and its response, as the gateway sees them. Header names are in lower case. */
export interface Exchange {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly header: (name: string) => string | undefined
  readonly peerAddress: string | undefined
  readonly peerPort: number | undefined
  readonly protocolVersion: string
  readonly readBody: (limit: number) => Effect.Effect<Uint8Array, BodyError>

  readonly headSent: () => boolean
  /** Whether the client closed its side before the answer was whole. */
  readonly clientGone: () => boolean
  readonly writeHead: (status: number, headers: Array<string>) => void
  /** False when the client's socket is full: then wait for `onDrain`. */
  readonly write: (chunk: Uint8Array) => boolean
  readonly onDrain: (resume: () => void) => void
  readonly end: (chunk?: Uint8Array) => void
  /** Ends when the answer has been handed to the operating system, or the client has gone. */
  readonly flushed: Effect.Effect<void>
}

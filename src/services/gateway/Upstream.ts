import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Account } from "../config/CompiledConfig.ts"

/** No answer, or only a part of one. */
export class UpstreamError extends Schema.TaggedError<UpstreamError>()("UpstreamError", {
  reason: Schema.Literals(["timeout", "connection_refused", "connection_reset", "dns", "tls", "protocol"]),
  cause: Schema.Defect()
}) {}

export interface UpstreamRequest {
  readonly account: Account
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array
}

export interface UpstreamResponse {
  readonly status: number
  readonly headers: { readonly [name: string]: string | Array<string> | undefined }
  /**
   * Hands over each chunk as it arrives, and ends with the body. One call only.
   * Interrupting it destroys the connection.
   */
  readonly consume: (onChunk: (chunk: Uint8Array) => void) => Effect.Effect<void, UpstreamError>
  /** Stops reading from the provider, so that its own socket fills. */
  readonly pause: () => void
  readonly resume: () => void
  /** Lets go of a body that nobody wants. */
  readonly discard: () => void
}

/** The provider's side of the wire. */
export class Upstream extends Context.Service<
  Upstream,
  {
    /** Resolves with the head. Interrupting it destroys the request. */
    readonly send: (request: UpstreamRequest) => Effect.Effect<UpstreamResponse, UpstreamError>
  }
>()("spangate/services/gateway/Upstream") {}

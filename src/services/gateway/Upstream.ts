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
  readonly receiver: Receiver
}

export interface UpstreamHead {
  readonly status: number
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string | Array<string> | undefined }
}

/** Hears one answer as it arrives: its head once, then its chunks. Plain calls; what they throw ends `send` as a defect. */
export interface Receiver {
  readonly head: (head: UpstreamHead, flow: Flow) => void
  readonly chunk: (bytes: Uint8Array) => void
}

export interface Flow {
  /** Stops reading from the provider, so that its own socket fills. A chunk that was read already may still come. */
  readonly pause: () => void
  readonly resume: () => void
  /** Lets go of the rest: no chunk comes after it, `send` ends as if the body were whole, and the connection is closed. */
  readonly stop: () => void
}

/** The provider's side of the wire. */
export class Upstream extends Context.Service<
  Upstream,
  {
    /** Ends with the answer. Interrupting it destroys the request; the receiver hears nothing more. */
    readonly send: (request: UpstreamRequest) => Effect.Effect<void, UpstreamError>
  }
>()("spangate/services/gateway/Upstream") {}

import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import type * as Result from "effect/Result"
import type { Destination, RedactionRules } from "../config/CompiledConfig.ts"
import { matching } from "../config/namePatterns.ts"
import { decodeFrame } from "../trace/frame.ts"
import { outgoing } from "../trace/outgoing.ts"
import { isExported } from "../trace/sampling.ts"
import type { TraceEvent } from "../trace/TraceEvent.ts"
import { cutContent } from "./cutContent.ts"
import type { Sender, TraceSink } from "./TraceSink.ts"

/** How a destination turns a frame into spans on the wire. All pure. */
export interface Expansion {
  readonly decode: (bytes: Uint8Array) => Result.Result<ReadonlyArray<TraceEvent>, string>
  /** Whether the sampling policy lets the trace out. */
  readonly wants: (event: TraceEvent) => boolean
  /** Who served it, where that was another process. */
  readonly senderOf: (event: TraceEvent) => Sender | undefined
  /** Expanded and redacted. */
  readonly expand: (event: TraceEvent) => ReadonlyArray<ReadableSpan>
  /** The span with its content in so many bytes. */
  readonly cut: (span: ReadableSpan, contentBytes: number) => ReadableSpan
  readonly encode: (spans: ReadonlyArray<ReadableSpan>) => Uint8Array
}

export const expansionOf = (destination: Destination, sink: TraceSink): Expansion => {
  const keeps = keeper(destination.redaction)
  const spansOf = outgoing(destination, sink.resource, sink.scope)
  const senderOf = ({ sender }: TraceEvent) => (sender === undefined ? undefined : sink.senderOf(sender))
  return {
    decode: decodeFrame,
    wants: (event) => isExported(event.header, destination.sampling),
    senderOf,
    expand: (event) => spansOf(event, senderOf(event)?.resource),
    cut: (span, contentBytes) => cutContent(span, contentBytes, keeps),
    encode: sink.encode
  }
}

const keeper = ({ allowAttributes, denyAttributes }: RedactionRules) => {
  const denies = matching(denyAttributes)
  const allows = allowAttributes === undefined ? () => true : matching(allowAttributes)
  return (name: string) => allows(name) && !denies(name)
}

import { validateHeaderName } from "node:http"
import type { OutgoingHttpHeaders } from "node:http2"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Destination } from "../../services/config/CompiledConfig.ts"
import type { SinkMisconfigured } from "../../services/export/TraceSink.ts"
import { checked } from "../otlp/destinationTls.ts"

const EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

/** `grpc-timeout` has room for eight digits. */
const MAX_TIMEOUT_MS = 99_999_999

/** Ours to say, or the connection's. */
const RESERVED: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "content-type",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
  "user-agent"
])

/** Names that end in it hold bytes, which a configuration cannot write. */
const BINARY = "-bin"

const PRINTABLE = /^[ -~]*$/

/** Whether the destination's headers can be sent at all. Messages name a header, never its value. */
export const checkHeaders = Effect.fnUntraced(function* ({
  headers
}: Destination): Effect.fn.Return<void, SinkMisconfigured> {
  for (const [name, value] of Object.entries(headers)) {
    yield* checked(`header name "${name}"`, () => validateHeaderName(name))
    yield* checked(`value of header "${name}"`, () => {
      if (name.toLowerCase().endsWith(BINARY) || !PRINTABLE.test(Redacted.value(value))) throw new Error()
    })
  }
})

/** Built for each call, so that the secrets stand nowhere in between. */
export const requestHeaders = (
  { compression, headers, timeoutMs }: Destination,
  userAgent: string
): OutgoingHttpHeaders => {
  const sent: OutgoingHttpHeaders = {}
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    if (!RESERVED.has(lower) && !lower.startsWith("grpc-")) sent[lower] = Redacted.value(value)
  }
  return {
    ...sent,
    ":method": "POST",
    ":path": EXPORT,
    te: "trailers",
    "content-type": "application/grpc",
    "user-agent": userAgent,
    "grpc-timeout": `${Math.min(timeoutMs, MAX_TIMEOUT_MS)}m`,
    "grpc-accept-encoding": "identity,gzip",
    ...(compression === "gzip" ? { "grpc-encoding": "gzip" } : {})
  }
}

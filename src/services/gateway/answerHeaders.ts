import type { TraceHeader } from "../trace/TraceEvent.ts"
import type { UpstreamHead } from "./Upstream.ts"

/** On every answer of a traced request: name, value, name, value… */
export const identityHeaders = (header: TraceHeader, contentType: string): Array<string> => [
  "content-type",
  contentType,
  "x-trace-id",
  header.traceId,
  "x-request-id",
  header.requestId
]

/** On an answer that a provider gave. `target` is an `account/model`. */
export const answerHeaders = (
  header: TraceHeader,
  target: string,
  contentType: string,
  head: UpstreamHead
): Array<string> => {
  const headers = identityHeaders(header, contentType)
  headers.push("x-tfy-resolved-model", target)
  passOn(head.headers, headers)
  return headers
}

/** What clients act on: rate limits and when to come back. Nothing else of the provider's head is passed on. */
export const passedOnHeaders = (headers: UpstreamHead["headers"]): Array<string> => {
  const passed: Array<string> = []
  passOn(headers, passed)
  return passed
}

const passOn = (headers: UpstreamHead["headers"], to: Array<string>): void => {
  for (const name in headers) {
    if (
      name === "retry-after" ||
      name === "retry-after-ms" ||
      name.startsWith("x-ratelimit-") ||
      name.startsWith("anthropic-ratelimit-")
    ) {
      const value = headers[name]
      if (typeof value === "string" && !UNSENDABLE.test(value)) to.push(name, value)
    }
  }
}

/** What a parser lets in and a serializer refuses to let out. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/

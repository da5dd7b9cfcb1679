import type { Target } from "../config/CompiledConfig.ts"
import type { TraceHeader } from "../trace/TraceEvent.ts"

/** On every answer of a traced request: name, value, name, value… */
export const identityHeaders = (header: TraceHeader): Array<string> => [
  "x-trace-id",
  header.traceId,
  "x-request-id",
  header.requestId
]

export const answerHeaders = (header: TraceHeader, target: Target, contentType: string): Array<string> => [
  "content-type",
  contentType,
  "x-trace-id",
  header.traceId,
  "x-request-id",
  header.requestId,
  "x-tfy-resolved-model",
  target.fqn
]

/** What clients act on: rate limits and when to come back. Nothing else of the provider's head is passed on. */
export const passedOnHeaders = (headers: {
  readonly [name: string]: string | Array<string> | undefined
}): Array<string> => {
  const passed: Array<string> = []
  for (const name in headers) {
    if (
      name === "retry-after" ||
      name === "retry-after-ms" ||
      name.startsWith("x-ratelimit-") ||
      name.startsWith("anthropic-ratelimit-")
    ) {
      const value = headers[name]
      if (typeof value === "string") passed.push(name, value)
    }
  }
  return passed
}

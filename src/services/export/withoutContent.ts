import * as Result from "effect/Result"
import { requestFactsWithoutContent, responseFactsWithoutContent } from "../trace/factsWithoutContent.ts"
import { read } from "../trace/spans/reading.ts"
import { errorType } from "../trace/spans/span.ts"
import { withoutQuery } from "../trace/spans/url.ts"
import type { AttemptStage, TraceEvent, TraceHeader } from "../trace/TraceEvent.ts"

/**
 * The event without a word of the request, the answer or an error's text: what `capture: metadata` would have let
 * through, and the sizes of the bodies. With Exclude Request Data it expands to the spans of the whole event.
 */
export const withoutContent = (event: TraceEvent): TraceEvent => ({
  ...event,
  header: headerWithoutContent(event),
  request: new Uint8Array(0),
  response: new Uint8Array(0)
})

const headerWithoutContent = (event: TraceEvent): TraceHeader => {
  const { errorMessage: _, responseTailAt: _1, ...header } = event.header
  const { requestFacts, responseFacts } = factsOf(event)
  return {
    ...header,
    path: withoutQuery(header.path),
    attempts: header.attempts.map(attemptWithoutContent),
    ...withErrorType(header),
    ...(header.stream === undefined ? {} : { stream: { ...header.stream, ...withErrorType(header.stream) } }),
    capture: "metadata",
    requestFacts: requestFactsWithoutContent(requestFacts),
    ...(responseFacts === undefined ? {} : { responseFacts: responseFactsWithoutContent(responseFacts) }),
    ...sizesOf(event)
  }
}

const sizesOf = ({ header, request, response }: TraceEvent) => ({
  requestBytes: header.requestBytes ?? request.length,
  responseBytes: header.responseBytes ?? response.length
})

const attemptWithoutContent = (stage: AttemptStage): AttemptStage => {
  const { errorBody: _, errorMessage: _1, ...attempt } = stage
  return { ...attempt, url: withoutQuery(attempt.url), ...withErrorType(attempt) }
}

const withErrorType = ({ errorType: cause }: { readonly errorType?: string }) =>
  cause === undefined ? {} : { errorType: errorType(cause) }

// An event that cannot be read is kept by what its header says.
const factsOf = (event: TraceEvent) =>
  Result.getOrElse(
    Result.try((): Pick<ReturnType<typeof read>, "requestFacts" | "responseFacts"> => read(event)),
    () => ({ requestFacts: event.header.requestFacts ?? {}, responseFacts: event.header.responseFacts })
  )

import * as Result from "effect/Result"
import { read } from "../trace/spans/reading.ts"
import { errorType } from "../trace/spans/span.ts"
import { withoutQuery } from "../trace/spans/url.ts"
import type { AttemptStage, TraceEvent, TraceHeader } from "../trace/TraceEvent.ts"

/**
 * The event without a word of the request, the answer or an error's text: what `capture: metadata` would have let
 * through. With Exclude Request Data it expands to the spans of the whole event, but for the sizes of the bodies.
 */
export const withoutContent = (event: TraceEvent): TraceEvent => ({
  header: headerWithoutContent(event),
  request: new Uint8Array(0),
  response: new Uint8Array(0)
})

const headerWithoutContent = (event: TraceEvent): TraceHeader => {
  const { errorMessage: _, requestBytes: _1, responseBytes: _2, responseTailAt: _3, ...header } = event.header
  const { requestFacts, responseFacts } = factsOf(event)
  const { stopSequences: _4, ...request } = requestFacts
  return {
    ...header,
    path: withoutQuery(header.path),
    attempts: header.attempts.map(attemptWithoutContent),
    ...withErrorType(header),
    ...(header.stream === undefined ? {} : { stream: { ...header.stream, ...withErrorType(header.stream) } }),
    capture: "metadata",
    requestFacts: request,
    ...(responseFacts === undefined
      ? {}
      : {
          responseFacts:
            responseFacts.error === undefined
              ? responseFacts
              : { ...responseFacts, error: { type: errorType(responseFacts.error.type), message: "" } }
        })
  }
}

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

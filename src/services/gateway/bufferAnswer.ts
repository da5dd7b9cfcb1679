import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Target } from "../config/CompiledConfig.ts"
import type { Translator } from "../provider/Translator.ts"
import type { AttemptStage } from "../trace/TraceEvent.ts"
import { AttemptFailed, unanswered } from "./AttemptFailed.ts"
import { answerHeaders, passedOnHeaders } from "./answerHeaders.ts"
import type { Call } from "./Call.ts"
import type { UpstreamError, UpstreamResponse } from "./Upstream.ts"

/** An answer that is not streamed is held until it is whole, so that one which breaks can still be tried elsewhere. */
const ANSWER_LIMIT = 64 * 1024 * 1024

export const bufferAnswer = Effect.fnUntraced(function* (
  now: () => number,
  call: Call,
  target: Target,
  translator: Translator,
  stage: AttemptStage,
  response: UpstreamResponse
): Effect.fn.Return<void, AttemptFailed> {
  const { exchange, record } = call
  const body = yield* Effect.mapError(readBounded(response, ANSWER_LIMIT), unanswered)
  if (body.length > ANSWER_LIMIT) {
    return yield* new AttemptFailed({
      errorType: "response_too_large",
      message: `The provider's answer is larger than ${ANSWER_LIMIT} bytes.`
    })
  }
  stage.firstByte = now()
  const answer = call.streaming
    ? Result.fail("it is not an event stream, although one was asked for")
    : translator.response(body)
  if (Result.isFailure(answer)) {
    return yield* new AttemptFailed({
      errorType: "malformed_response",
      message: `The provider's answer could not be understood: ${answer.failure}.`,
      body
    })
  }
  record.captureAnswer().add(body)
  const headers = answerHeaders(record.header, target, "application/json")
  headers.push("content-length", String(answer.success.length), ...passedOnHeaders(response.headers))
  record.header.status = response.status
  exchange.writeHead(response.status, headers)
  exchange.end(answer.success)
  stage.end = now()
})

/** The body, or the first bytes past `limit` of one that is longer: then the rest is let go. */
export const readBounded = (response: UpstreamResponse, limit: number): Effect.Effect<Uint8Array, UpstreamError> => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  return Effect.map(
    response.consume((chunk) => {
      if (size > limit) return
      size += chunk.length
      chunks.push(chunk)
      if (size > limit) response.discard()
    }),
    () => {
      const [only] = chunks
      return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
    }
  )
}

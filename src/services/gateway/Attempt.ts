import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Target } from "../config/CompiledConfig.ts"
import type { Translator } from "../provider/Translator.ts"
import { translatorFor } from "../provider/translators.ts"
import { childSpanId, FIRST_ATTEMPT_SLOT } from "../trace/spanIds.ts"
import type { AttemptStage } from "../trace/TraceEvent.ts"
import { formatTraceparent } from "../trace/traceContext.ts"
import { AttemptFailed, timedOut, unanswered } from "./AttemptFailed.ts"
import { passedOnHeaders } from "./answerHeaders.ts"
import { bufferAnswer, readBounded } from "./bufferAnswer.ts"
import type { Call } from "./Call.ts"
import { invalidRequest, type Refusal } from "./Refusal.ts"
import { retryAfterMillis } from "./retryAfter.ts"
import { streamAnswer } from "./streamAnswer.ts"
import type { Upstream } from "./Upstream.ts"

const ERROR_BODY_LIMIT = 256 * 1024

export interface AttemptOptions {
  readonly target: Target
  /** Sends on this target before. */
  readonly resend: number
  /** Another target was tried before. */
  readonly fallback: boolean
}

/**
 * One send to one target. Succeeds once the client has been answered, whether or not the answer stayed whole;
 * fails only while nothing has gone to the client, so that another attempt is still possible.
 */
export const attempt = Effect.fnUntraced(function* (
  upstream: Upstream["Service"],
  now: () => number,
  call: Call,
  { target, resend, fallback }: AttemptOptions
): Effect.fn.Return<void, AttemptFailed | Refusal> {
  const { account } = target
  const { request, record } = call
  const translator = translatorFor(request.api, account.api)
  const path =
    target.paths[
      account.api === "anthropic" ? "messages" : request.api === "messages" ? "chat_completions" : request.api
    ]
  if (translator === undefined || path === undefined) {
    return yield* invalidRequest("unsupported_operation", `The model ${target.fqn} does not support this API.`, "model")
  }
  const body = translator.request(request, target.modelId)
  if (Result.isFailure(body)) {
    return yield* invalidRequest("not_translatable", body.failure.message, body.failure.param)
  }

  const slot = FIRST_ATTEMPT_SLOT + record.header.attempts.length
  const stage: AttemptStage = {
    start: now(),
    end: 0,
    target: target.fqn,
    account: account.name,
    modelName: target.modelName,
    modelId: target.modelId,
    providerName: account.providerName,
    api: account.api,
    serverAddress: account.serverAddress,
    serverPort: account.serverPort,
    url: account.origin + withoutQuery(path),
    resend,
    fallback,
    outcome: "completed"
  }
  if (target.price !== undefined) stage.price = target.price
  record.header.attempts.push(stage)

  const send = converse(upstream, now, call, target, translator, stage, {
    account,
    path,
    body: body.success,
    headers: requestHeaders(call, target, slot)
  })
  const timeoutMs = call.options.timeoutMs ?? account.timeoutMs
  // A stream is on its own clock once its first byte has gone to the client: streamAnswer sees to that.
  const timed =
    timeoutMs === undefined || call.streaming
      ? send
      : Effect.timeoutOrElse(send, { duration: timeoutMs, orElse: () => Effect.fail(timedOut("timeout")) })
  return yield* Effect.tapError(timed, (failure) =>
    Effect.sync(() => {
      if (failure._tag === "AttemptFailed") {
        record.attemptFailed(now(), failure.errorType, failure.message, failure.body)
      }
    })
  )
})

const converse = Effect.fnUntraced(function* (
  upstream: Upstream["Service"],
  now: () => number,
  call: Call,
  target: Target,
  translator: Translator,
  stage: AttemptStage,
  send: Parameters<Upstream["Service"]["send"]>[0]
): Effect.fn.Return<void, AttemptFailed> {
  const timeoutMs = call.options.timeoutMs ?? target.account.timeoutMs
  const firstTokenMs = call.options.timeToFirstTokenMs ?? target.account.timeToFirstTokenTimeoutMs
  const headMs = call.streaming ? least(timeoutMs, firstTokenMs) : undefined
  const opened = Effect.mapError(upstream.send(send), unanswered)
  const response = yield* headMs === undefined
    ? opened
    : Effect.timeoutOrElse(opened, {
        duration: headMs,
        orElse: () => Effect.fail(timedOut(headMs === timeoutMs ? "timeout" : "time_to_first_token_timeout"))
      })
  stage.status = response.status
  if (response.status < 200 || response.status > 299) {
    const body = yield* Effect.mapError(readBounded(response, ERROR_BODY_LIMIT), unanswered)
    const retryAfterMs = retryAfterMillis(response.headers["retry-after"])
    return yield* new AttemptFailed({
      errorType: String(response.status),
      message: `The provider answered ${response.status}.`,
      status: response.status,
      body,
      headers: passedOnHeaders(response.headers),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs })
    })
  }
  const contentType = response.headers["content-type"]
  if (call.streaming && (typeof contentType !== "string" || contentType.startsWith("text/event-stream"))) {
    const left = (bound: number | undefined) =>
      bound === undefined ? undefined : Math.max(1, bound - (now() - stage.start))
    return yield* streamAnswer(now, call, target, translator, stage, response, {
      timeoutMs: left(timeoutMs),
      timeToFirstTokenMs: left(firstTokenMs)
    })
  }
  return yield* bufferAnswer(now, call, target, translator, stage, response)
})

const least = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b)

const withoutQuery = (path: string): string => {
  const query = path.indexOf("?")
  return query === -1 ? path : path.slice(0, query)
}

/** Of the caller's headers only those that belong to the provider's API go on; its `traceparent` never does. */
const requestHeaders = (call: Call, target: Target, slot: number): { [name: string]: string } => {
  const headers: { [name: string]: string } = {}
  if (target.account.propagateTrace) {
    const { traceId, spanId, flags } = call.record.header
    headers["traceparent"] = formatTraceparent({ traceId, spanId: childSpanId(spanId, slot), flags })
  }
  if (target.account.api === "anthropic") {
    const beta = call.exchange.header("anthropic-beta")
    if (beta !== undefined) headers["anthropic-beta"] = beta
    const version = call.exchange.header("anthropic-version")
    if (version !== undefined) headers["anthropic-version"] = version
  }
  return headers
}

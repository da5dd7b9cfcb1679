import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Account, Target } from "../config/CompiledConfig.ts"
import { translatorFor } from "../provider/translators.ts"
import { childSpanId, FIRST_ATTEMPT_SLOT } from "../trace/spanIds.ts"
import type { AttemptStage } from "../trace/TraceEvent.ts"
import { formatTraceparent } from "../trace/traceContext.ts"
import { AnswerReceiver } from "./AnswerReceiver.ts"
import { type AttemptFailed, timedOut, unanswered } from "./AttemptFailed.ts"
import type { Call } from "./Call.ts"
import { invalidRequest, type Refusal } from "./Refusal.ts"
import type { Upstream, UpstreamError } from "./Upstream.ts"

/**
 * One send to one target. Gives back nothing once the client has been answered, whether or not the answer stayed whole;
 * a failure only while nothing has gone to the client, so that another attempt is still possible; and a refusal when the
 * request cannot be said to this target, before anything was sent.
 */
export const attempt = Effect.fnUntraced(function* (
  upstream: Upstream["Service"],
  now: () => number,
  call: Call,
  target: Target,
  resend: number,
  fallback: boolean
): Effect.fn.Return<AttemptFailed | Refusal | undefined> {
  const { account } = target
  const { exchange, request, record } = call
  const translator = translatorFor(request.api, account.api)
  const path =
    target.paths[
      account.api === "anthropic" ? "messages" : request.api === "messages" ? "chat_completions" : request.api
    ]
  if (translator === undefined || path === undefined) {
    return invalidRequest("unsupported_operation", `The model ${target.fqn} does not support this API.`, "model")
  }
  const body = translator.request(request, target.modelId, account.providerName)
  if (Result.isFailure(body)) return invalidRequest("not_translatable", body.failure.message, body.failure.param)

  const headers = requestHeaders(call, account)
  const stage = openStage(now(), target, path, resend, fallback)
  record.header.attempts.push(stage)
  const receiver = new AnswerReceiver(now, call, translator, stage)
  const sent = upstream.send({ account, path, body: body.success, headers, receiver })
  let failure = yield* Effect.match(bounded(sent, call, account, receiver), OUTCOME)
  const { stream } = receiver
  if (stream !== undefined && receiver.hasStarted) {
    stream.finish(failure)
    yield* exchange.flushed
    stream.flushed()
    return undefined
  }
  failure ??= receiver.answer()
  if (failure === undefined) {
    yield* exchange.flushed
    return undefined
  }
  record.attemptFailed(now(), failure.errorType, failure.message, failure.body)
  // This may still run inside the provider's parser, where no other request can be sent.
  yield* Effect.yieldNow
  return failure
})

const OUTCOME = {
  onFailure: (error: UpstreamError | AttemptFailed): AttemptFailed | undefined =>
    error._tag === "UpstreamError" ? unanswered(error) : error,
  onSuccess: (): AttemptFailed | undefined => undefined
}

/** Fails when the answer is late: all of it, or the first byte of a stream, which from then on takes as long as it takes. */
const bounded = (
  sent: Effect.Effect<void, UpstreamError>,
  call: Call,
  account: Account,
  receiver: AnswerReceiver
): Effect.Effect<void, UpstreamError | AttemptFailed> => {
  const timeoutMs = call.options.timeoutMs ?? account.timeoutMs ?? Number.POSITIVE_INFINITY
  const firstTokenMs = call.streaming
    ? (call.options.timeToFirstTokenMs ?? account.timeToFirstTokenTimeoutMs ?? Number.POSITIVE_INFINITY)
    : Number.POSITIVE_INFINITY
  const bound = Math.min(timeoutMs, firstTokenMs)
  if (bound === Number.POSITIVE_INFINITY) return sent
  const late = Effect.suspend(() =>
    receiver.hasStarted
      ? Effect.never
      : Effect.fail(timedOut(timeoutMs <= firstTokenMs ? "timeout" : "time_to_first_token_timeout"))
  )
  return Effect.raceFirst(sent, Effect.andThen(Effect.sleep(bound), late))
}

const openStage = (start: number, target: Target, path: string, resend: number, fallback: boolean): AttemptStage => {
  const { account } = target
  const stage: AttemptStage = {
    start,
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
  return stage
}

const withoutQuery = (path: string): string => {
  const query = path.indexOf("?")
  return query === -1 ? path : path.slice(0, query)
}

const NO_HEADERS: { readonly [name: string]: string } = {}

/** Of the caller's headers only those that belong to the provider's API go on; its `traceparent` never does. */
const requestHeaders = ({ exchange, record }: Call, account: Account): { readonly [name: string]: string } => {
  if (!account.propagateTrace && account.api !== "anthropic") return NO_HEADERS
  const headers: { [name: string]: string } = {}
  if (account.propagateTrace) {
    const { traceId, spanId, flags, attempts } = record.header
    const attemptSpanId = childSpanId(spanId, FIRST_ATTEMPT_SLOT + attempts.length)
    headers["traceparent"] = formatTraceparent({ traceId, spanId: attemptSpanId, flags })
  }
  if (account.api === "anthropic") {
    const beta = exchange.header("anthropic-beta")
    if (beta !== undefined) headers["anthropic-beta"] = beta
    const version = exchange.header("anthropic-version")
    if (version !== undefined) headers["anthropic-version"] = version
  }
  return headers
}

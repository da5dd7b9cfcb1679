import * as Effect from "effect/Effect"
import type { Target } from "../config/CompiledConfig.ts"
import { streamErrorEvent } from "../provider/errorEnvelope.ts"
import type { StreamTranslator, Translator } from "../provider/Translator.ts"
import type { BodyCapture } from "../trace/BodyCapture.ts"
import type { AttemptStage, StreamStage } from "../trace/TraceEvent.ts"
import { AttemptFailed, gatewayStatus, timedOut, unanswered } from "./AttemptFailed.ts"
import { answerHeaders, passedOnHeaders } from "./answerHeaders.ts"
import type { Call } from "./Call.ts"
import type { UpstreamResponse } from "./Upstream.ts"

export interface FirstByteBounds {
  readonly timeoutMs: number | undefined
  readonly timeToFirstTokenMs: number | undefined
}

/**
 * Forwards a stream as it arrives, with the client's back-pressure reaching the provider. The head goes to the client
 * with the first byte: until then the attempt may still fail and another be made; from then on it ends here, and a
 * break is told to the client inside the stream.
 */
export const streamAnswer = Effect.fnUntraced(function* (
  now: () => number,
  call: Call,
  target: Target,
  translator: Translator,
  stage: AttemptStage,
  response: UpstreamResponse,
  bounds: FirstByteBounds
): Effect.fn.Return<void, AttemptFailed> {
  const { exchange } = call
  const relay = new Relay(now, call, target, translator.stream(call.request), stage, response)
  const consumed = Effect.mapError(
    response.consume((chunk) => relay.chunk(chunk)),
    unanswered
  )
  const failure = yield* Effect.match(within(relay, consumed, bounds), {
    onFailure: (failed) => failed,
    onSuccess: () => undefined
  })
  if (!relay.started) {
    return yield* failure ??
      new AttemptFailed({ errorType: "stream_interrupted", message: "The provider ended its stream before it began." })
  }
  relay.finish(failure)
  yield* exchange.flushed
  relay.flushed()
})

/** Fails when the first byte is late; leaves a stream alone that has begun. */
const within = (
  relay: Relay,
  consumed: Effect.Effect<void, AttemptFailed>,
  { timeoutMs, timeToFirstTokenMs }: FirstByteBounds
): Effect.Effect<void, AttemptFailed> => {
  const bound =
    timeoutMs === undefined ? timeToFirstTokenMs : Math.min(timeoutMs, timeToFirstTokenMs ?? Number.POSITIVE_INFINITY)
  if (bound === undefined) return consumed
  const late = Effect.flatMap(Effect.sleep(bound), () =>
    relay.started
      ? Effect.never
      : Effect.fail(timedOut(bound === timeToFirstTokenMs ? "time_to_first_token_timeout" : "timeout"))
  )
  return Effect.raceFirst(consumed, late)
}

/** The state of one stream between provider and client. Its methods are plain calls: no fiber, no promise a chunk. */
class Relay {
  started = false
  private capture: BodyCapture | undefined
  private stream: StreamStage | undefined
  private readonly now: () => number
  private readonly call: Call
  private readonly target: Target
  private readonly translation: StreamTranslator
  private readonly stage: AttemptStage
  private readonly response: UpstreamResponse

  constructor(
    now: () => number,
    call: Call,
    target: Target,
    translation: StreamTranslator,
    stage: AttemptStage,
    response: UpstreamResponse
  ) {
    this.now = now
    this.call = call
    this.target = target
    this.translation = translation
    this.stage = stage
    this.response = response
  }

  chunk(bytes: Uint8Array): void {
    if (!this.started) this.start()
    this.capture?.add(bytes)
    if (this.stream !== undefined) {
      this.stream.chunks++
      this.stream.bytes += bytes.length
    }
    this.forward(this.translation.push(bytes))
  }

  private start(): void {
    const { exchange, record } = this.call
    this.started = true
    const at = this.now()
    this.stage.firstByte = at
    this.stream = { start: at, end: 0, chunks: 0, bytes: 0, done: false, outcome: "completed" }
    record.header.stream = this.stream
    record.header.status = this.response.status
    this.capture = record.captureAnswer()
    const headers = answerHeaders(record.header, this.target, "text/event-stream; charset=utf-8")
    headers.push("cache-control", "no-cache", "x-accel-buffering", "no", ...passedOnHeaders(this.response.headers))
    exchange.writeHead(this.response.status, headers)
  }

  private forward(bytes: Uint8Array): void {
    if (bytes.length > 0 && !this.call.exchange.write(bytes)) {
      this.response.pause()
      this.call.exchange.onDrain(() => this.response.resume())
    }
  }

  /** The provider has ended, or `failure` has. */
  finish(failure: AttemptFailed | undefined): void {
    const { exchange, record, request } = this.call
    const { stage, stream, translation } = this
    stage.end = this.now()
    const inStream = translation.error()
    const done = translation.done()
    if (stream !== undefined) stream.done = done
    const errorType =
      failure !== undefined ? "stream_interrupted" : (inStream ?? (done ? undefined : "stream_interrupted"))
    if (errorType !== undefined) {
      stage.outcome = "failed"
      stage.errorType = errorType
      stage.errorMessage =
        failure?.message ?? (inStream === undefined ? ENDED_EARLY : "The provider sent an error event.")
      if (stream !== undefined) {
        stream.outcome = "failed"
        stream.errorType = errorType
      }
      record.header.errorType = errorType
      record.header.errorMessage = stage.errorMessage
    }
    const rest = translation.end()
    if (failure === undefined) {
      exchange.end(rest)
    } else {
      if (rest.length > 0) exchange.write(rest)
      const { code } = gatewayStatus(failure.errorType)
      exchange.end(streamErrorEvent(request.api, { type: "api_error", code, message: failure.message }))
    }
  }

  flushed(): void {
    if (this.stream !== undefined) this.stream.end = this.now()
  }
}

const ENDED_EARLY = "The provider ended its stream without its final event."

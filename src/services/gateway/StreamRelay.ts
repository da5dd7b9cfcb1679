import { streamErrorEvent } from "../provider/errorEnvelope.ts"
import type { StreamTranslator } from "../provider/Translator.ts"
import type { BodyCapture } from "../trace/BodyCapture.ts"
import type { AttemptStage, StreamStage } from "../trace/TraceEvent.ts"
import { type AttemptFailed, gatewayStatus } from "./AttemptFailed.ts"
import { answerHeaders } from "./answerHeaders.ts"
import type { Call } from "./Call.ts"
import type { Flow, UpstreamHead } from "./Upstream.ts"

interface Started {
  readonly stream: StreamStage
  readonly capture: BodyCapture
}

/**
 * Forwards a stream as it arrives, with the client's back-pressure reaching the provider. The head goes to the client
 * with the first byte: until then the attempt may still fail and another be made; from then on it ends here, and a
 * break, or an end before the final event, is told to the client inside the stream. Plain calls: no fiber, no promise a
 * chunk.
 */
export class StreamRelay {
  private started: Started | undefined
  private waiting = false
  private readonly now: () => number
  private readonly call: Call
  private readonly translation: StreamTranslator
  private readonly stage: AttemptStage
  private readonly head: UpstreamHead
  private readonly flow: Flow

  constructor(
    now: () => number,
    call: Call,
    translation: StreamTranslator,
    stage: AttemptStage,
    head: UpstreamHead,
    flow: Flow
  ) {
    this.now = now
    this.call = call
    this.translation = translation
    this.stage = stage
    this.head = head
    this.flow = flow
  }

  get hasStarted(): boolean {
    return this.started !== undefined
  }

  chunk(bytes: Uint8Array): void {
    const { stream, capture } = (this.started ??= this.start())
    capture.add(bytes)
    stream.chunks++
    stream.bytes += bytes.length
    this.forward(this.translation.push(bytes))
    if (this.stage.firstToken === undefined && this.translation.speaking?.() === true) {
      this.stage.firstToken = this.now()
    }
    // Noted as it happens: clients leave once they have read the final event, and do not wait for the end behind it.
    stream.done = this.translation.done()
  }

  private start(): Started {
    const { exchange, record } = this.call
    const stream: StreamStage = {
      start: this.stage.firstByte ?? this.now(),
      end: 0,
      chunks: 0,
      bytes: 0,
      done: false,
      outcome: "completed"
    }
    record.header.stream = stream
    record.header.status = this.head.status
    const capture = record.captureAnswer()
    const headers = answerHeaders(record.header, this.stage.target, "text/event-stream; charset=utf-8", this.head)
    headers.push("cache-control", "no-cache", "x-accel-buffering", "no")
    exchange.writeHead(this.head.status, headers)
    return { stream, capture }
  }

  private forward(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.call.exchange.write(bytes) || this.waiting) return
    this.waiting = true
    this.call.record.clientIsBehind = true
    this.flow.pause()
    this.call.exchange.onDrain(() => {
      this.waiting = false
      this.call.record.clientIsBehind = false
      this.flow.resume()
    })
  }

  /** The provider has ended its stream, or `failure` has. Only for one that has started. */
  finish(failure: AttemptFailed | undefined): void {
    const { exchange, request } = this.call
    const { stage, translation } = this
    stage.end = this.now()
    const rest = translation.end(failure !== undefined)
    const done = translation.done()
    if (this.started !== undefined) this.started.stream.done = done
    const inStream = translation.error()
    if (inStream !== undefined) {
      this.broke(inStream, ERROR_EVENT)
    } else if (!done) {
      // The SDKs take any end for the end of the answer: without an error, half of one passes for all of it.
      const { errorType, message } = failure ?? ENDED_EARLY
      this.broke("stream_interrupted", message)
      if (rest.length > 0) exchange.write(rest)
      const { code } = gatewayStatus(errorType)
      exchange.end(streamErrorEvent(request.api, { type: "api_error", code, message }))
      return
    }
    // However the connection ended: a failure behind the final event, or behind an error, has nothing to add.
    exchange.end(rest)
  }

  private broke(errorType: string, message: string): void {
    const { header } = this.call.record
    const { stage } = this
    stage.outcome = "failed"
    stage.errorType = errorType
    stage.errorMessage = message
    if (this.started !== undefined) {
      this.started.stream.outcome = "failed"
      this.started.stream.errorType = errorType
    }
    header.errorType = errorType
    header.errorMessage = message
  }

  /** The client has what was written, or is gone. */
  flushed(): void {
    if (this.started !== undefined) this.started.stream.end = this.now()
  }
}

const ENDED_EARLY = {
  errorType: "stream_interrupted",
  message: "The provider ended its stream without its final event."
}
const ERROR_EVENT = "The provider sent an error event."

import * as Result from "effect/Result"
import type { Translator } from "../provider/Translator.ts"
import type { AttemptStage } from "../trace/TraceEvent.ts"
import { AttemptFailed, malformed, providerRefused } from "./AttemptFailed.ts"
import { answerHeaders } from "./answerHeaders.ts"
import type { Call } from "./Call.ts"
import { HeldBody } from "./HeldBody.ts"
import { StreamRelay } from "./StreamRelay.ts"
import type { Flow, Receiver, UpstreamHead } from "./Upstream.ts"

const ANSWER_LIMIT = 64 * 1024 * 1024
const ERROR_BODY_LIMIT = 256 * 1024

/**
 * Hears the answer of one attempt. A stream goes on to the client as it comes; everything else is held until it is
 * whole, so that an answer which breaks can still be tried elsewhere.
 */
export class AnswerReceiver implements Receiver {
  stream: StreamRelay | undefined
  private answered: { readonly head: UpstreamHead; readonly body: HeldBody } | undefined
  private readonly now: () => number
  private readonly call: Call
  private readonly translator: Translator
  private readonly stage: AttemptStage

  constructor(now: () => number, call: Call, translator: Translator, stage: AttemptStage) {
    this.now = now
    this.call = call
    this.translator = translator
    this.stage = stage
  }

  /** Whether the client has begun to get this answer. */
  get hasStarted(): boolean {
    return this.stream?.hasStarted === true
  }

  head(head: UpstreamHead, flow: Flow): void {
    const { call, stage } = this
    stage.status = head.status
    if (call.streaming && isSuccess(head) && isEventStream(head)) {
      this.stream = new StreamRelay(this.now, call, this.translator.stream(call.request), stage, head, flow)
    } else {
      const limit = isSuccess(head) && !call.streaming ? ANSWER_LIMIT : ERROR_BODY_LIMIT
      this.answered = { head, body: new HeldBody(limit, flow) }
    }
  }

  chunk(bytes: Uint8Array): void {
    this.stage.firstByte ??= this.now()
    if (this.stream !== undefined) this.stream.chunk(bytes)
    else this.answered?.body.add(bytes)
  }

  /** The provider has ended and nothing has gone to the client: either the whole answer now does, or the reason why not comes back. */
  answer(): AttemptFailed | undefined {
    const { answered, call, stage } = this
    if (answered === undefined) return ENDED_BEFORE_IT_BEGAN
    const { head } = answered
    const body = answered.body.bytes()
    if (!isSuccess(head)) return providerRefused(head, body)
    if (call.streaming) return malformed("it is not an event stream, although one was asked for", body)
    if (isEncoded(head)) return malformed("it is compressed, although that was not asked for", body)
    if (answered.body.isTooLarge) return TOO_LARGE
    const translated = this.translator.response(body)
    if (Result.isFailure(translated)) return malformed(translated.failure, body)

    const { exchange, record } = call
    record.captureAnswer().add(body)
    record.header.status = head.status
    const headers = answerHeaders(record.header, stage.target, "application/json", head)
    headers.push("content-length", String(translated.success.length))
    exchange.writeHead(head.status, headers)
    exchange.end(translated.success)
    stage.end = this.now()
    return undefined
  }
}

const isSuccess = ({ status }: UpstreamHead): boolean => status >= 200 && status <= 299

/** Some servers leave the type out. */
const isEventStream = (head: UpstreamHead): boolean => {
  const type = head.headers["content-type"]
  return !isEncoded(head) && (typeof type !== "string" || /^\s*text\/event-stream/i.test(type))
}

const isEncoded = ({ headers }: UpstreamHead): boolean => {
  const encoding = headers["content-encoding"]
  return encoding !== undefined && encoding !== "" && encoding !== "identity"
}

const ENDED_BEFORE_IT_BEGAN = new AttemptFailed({
  errorType: "stream_interrupted",
  message: "The provider ended its stream before it began."
})

const TOO_LARGE = new AttemptFailed({
  errorType: "response_too_large",
  message: `The provider's answer is larger than ${ANSWER_LIMIT} bytes.`
})

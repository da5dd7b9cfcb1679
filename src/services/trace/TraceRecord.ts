import { dialectOf, operationOf } from "../provider/Api.ts"
import { readRequestFacts } from "../provider/requestFacts.ts"
import { readResponse } from "../provider/responseFacts.ts"
import type { ClientRequest } from "../provider/Translator.ts"
import { BodyCapture } from "./BodyCapture.ts"
import { cutJson } from "./cutJson.ts"
import { requestFactsWithoutContent, responseFactsWithoutContent } from "./factsWithoutContent.ts"
import type { CapturedEvent } from "./SpanPublisher.ts"
import type { AttemptStage, Outcome, TraceHeader } from "./TraceEvent.ts"

/** Bytes of a body that a trace keeps. Two bodies of this size still fit a 4 MiB export batch in all their attributes. */
export const CAPTURE_LIMIT = 512 * 1024
/** Bytes of a provider's error body that a trace keeps. */
const ERROR_BODY_LIMIT = 2048

/** What the gateway notes of one request while it runs. Plain writes only; nothing here can fail a request. */
export class TraceRecord {
  readonly header: TraceHeader
  request: ClientRequest | undefined
  /** The client has yet to take some of what it was sent. */
  clientIsBehind = false
  private answer: BodyCapture | undefined

  constructor(header: TraceHeader) {
    this.header = header
  }

  get attempt(): AttemptStage | undefined {
    return this.header.attempts[this.header.attempts.length - 1]
  }

  /** What the caller asked for by header: its metadata, and whether content may leave the process. */
  noteOptions(options: {
    readonly metadata?: string
    readonly conversationId?: string
    readonly logContent: boolean
  }): void {
    if (options.metadata !== undefined) this.header.metadata = options.metadata
    if (options.conversationId !== undefined) this.header.conversationId = options.conversationId
    if (!options.logContent) this.header.capture = "metadata"
  }

  /** Starts keeping the answer of the attempt under way. */
  captureAnswer(): BodyCapture {
    this.answer = new BodyCapture(CAPTURE_LIMIT)
    return this.answer
  }

  /** An attempt that came to nothing: its half answer is not the request's answer. */
  attemptFailed(end: number, errorType: string, message: string, body?: Uint8Array): void {
    const attempt = this.attempt
    if (attempt === undefined) return
    this.answer = undefined
    attempt.end = end
    attempt.outcome = "failed"
    attempt.errorType = errorType
    attempt.errorMessage = message
    if (body !== undefined && body.length > 0 && this.header.capture === "full") {
      attempt.errorBody = startOf(body)
    }
  }

  /** Closes what is still open. */
  close(end: number, outcome: Outcome): void {
    const { attempt, header } = this
    header.end = end
    header.outcome = outcome
    if (attempt !== undefined && attempt.end === 0) {
      attempt.end = end
      attempt.outcome = outcome
      // Only a defect of ours leaves an attempt open behind an error that was answered.
      if (outcome === "completed" && header.errorType !== undefined) {
        attempt.outcome = "failed"
        attempt.errorType = header.errorType
      }
    }
    if (header.stream !== undefined && header.stream.end === 0) {
      header.stream.end = end
      if (header.stream.outcome === "completed") header.stream.outcome = outcome
    }
  }

  /**
   * What is published. With `capture: metadata` the bodies end here: only facts go on. A body that cannot be read costs
   * the trace what the body says, not the trace.
   */
  event(): CapturedEvent {
    const { header } = this
    if (header.capture === "full") {
      return { header, request: this.requestChunks(), response: this.answerChunks() }
    }
    this.noteRequestFacts()
    this.noteResponseFacts()
    return { header, request: NONE, response: NONE }
  }

  private noteRequestFacts(): void {
    const { header, request } = this
    if (request === undefined) return
    const facts = readSafely(() => readRequestFacts(request.api, request.json))
    if (facts === undefined) return
    header.requestFacts = header.capture === "full" ? facts : requestFactsWithoutContent(facts)
  }

  private noteResponseFacts(): void {
    const { answer, attempt, header, request } = this
    if (request === undefined || answer === undefined || attempt === undefined) return
    const operation = operationOf(request.api)
    const streamed = header.stream !== undefined
    const dialect = dialectOf(request.api, attempt.api)
    const read = readSafely(() => readResponse(dialect, operation, streamed, parts(answer), false))
    if (read !== undefined) header.responseFacts = responseFactsWithoutContent(read.facts)
  }

  private requestChunks(): ReadonlyArray<Uint8Array> {
    const { header, request } = this
    if (request === undefined) return NONE
    if (request.bytes.length <= CAPTURE_LIMIT) return [request.bytes]
    header.requestBytes = request.bytes.length
    // Here the whole body is still at hand; whoever reads the trace has the cut one.
    this.noteRequestFacts()
    return [cutJson(request.json, CAPTURE_LIMIT)]
  }

  private answerChunks(): ReadonlyArray<Uint8Array> {
    const { answer, header } = this
    if (answer === undefined) return NONE
    const tailAt = answer.tailAt()
    if (tailAt !== undefined) {
      header.responseBytes = answer.total
      header.responseTailAt = tailAt
    }
    return answer.chunks()
  }
}

const NONE: ReadonlyArray<Uint8Array> = []

/** The kept bytes as runs without a hole. */
const parts = (answer: BodyCapture): ReadonlyArray<Uint8Array> => {
  const whole = concat(answer.chunks())
  const tailAt = answer.tailAt()
  return tailAt === undefined ? [whole] : [whole.subarray(0, tailAt), whole.subarray(tailAt)]
}

const concat = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const [only] = chunks
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
}

const readSafely = <A>(read: () => A): A | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** Said where it is cut, so that the masks know that its last word may be half a secret. */
const startOf = (body: Uint8Array): string => {
  const text = new TextDecoder().decode(body.subarray(0, ERROR_BODY_LIMIT))
  const cut = body.length - ERROR_BODY_LIMIT
  return cut > 0 ? `${text}… [${cut} bytes cut]` : text
}

import { ChoiceTally } from "./ChoiceTally.ts"
import { objectOf, parseJson } from "./json.ts"
import { streamError } from "./providerError.ts"
import { concatBytes, frameData } from "./sse.ts"

/** The frame of `data: [DONE]` is shorter than this, with room for an event name and an id. */
const DONE_FRAME_BYTES = 64

/** Of a frame that is forwarded in pieces: what a `finish_reason` that is cut in two may need of the piece before. */
const SEAM_BYTES = 64

const ERROR = Buffer.from(`"error"`)
const MESSAGE_STOP = Buffer.from(`"message_stop"`)
const FINISH = Buffer.from(`"finish_reason"`)
const ERROR_EVENT = /^event: ?error[\r\n]$/

/**
 * What the frames of a stream that is forwarded untouched say of its end. Frames are searched as bytes and parsed only
 * when they hold a telling word.
 */
export class StreamWatch {
  readonly #choices: number
  /** Only for a request that asks for several choices: else the first reason is the last. */
  readonly #tally: ChoiceTally | undefined
  #done = false
  #finished = false
  #error: string | undefined
  /** The end of the last piece, while a frame comes in pieces. */
  #seam: Uint8Array | undefined

  /** `choices` is how many the request asks for. */
  constructor(choices = 1) {
    this.#choices = choices
    this.#tally = choices > 1 ? new ChoiceTally() : undefined
  }

  /** `[DONE]` or `message_stop` was seen; some of OpenAI's likes close a finished answer without. */
  get done(): boolean {
    return this.#done || (this.#error === undefined && this.#finished)
  }

  get error(): string | undefined {
    return this.#error
  }

  openAi(frame: Uint8Array, ended = true): void {
    if (frame.length <= DONE_FRAME_BYTES && frameData(frame)?.trim() === "[DONE]") {
      this.#done = true
      return
    }
    const bytes = view(frame)
    if (this.#tally !== undefined) {
      this.#tally.add(frame)
      this.#finished = this.#tally.ended >= this.#choices
    } else if (!this.#finished) {
      this.#finished = holdsText(bytes, FINISH) || (this.#seam !== undefined && holdsAcross(this.#seam, bytes))
      if (!ended || this.#seam !== undefined) this.#seam = ended ? undefined : bytes.subarray(-SEAM_BYTES)
    }
    this.#readError(bytes)
  }

  anthropic(frame: Uint8Array): void {
    const bytes = view(frame)
    if (bytes.includes(MESSAGE_STOP) && parsed(frame)?.["type"] === "message_stop") this.#done = true
    this.#readError(bytes)
  }

  /** The provider has closed its stream in order, some leave out the last blank line. A choice that never began was not meant to. */
  openAiEnd(rest: Uint8Array): void {
    if (isWhole(rest)) this.openAi(rest)
    if (this.#tally?.allEnded === true) this.#finished = true
  }

  /** The same of Anthropic's. */
  anthropicEnd(rest: Uint8Array): void {
    if (isWhole(rest)) this.anthropic(rest)
  }

  #readError(bytes: Buffer): void {
    const named = isErrorEvent(bytes)
    if (!named && !bytes.includes(ERROR)) return
    const error = streamError(parsed(bytes) ?? {}, named ? "error" : undefined)
    if (error !== undefined) this.#error ??= error.type
  }
}

const NOTHING = new Uint8Array(0)

/** Holds whatever line end is there: of a blank line too many nobody hears. */
const BLANK_LINE = Buffer.from("\n\n")

/** What is missing of an event that the provider did not end: a blank line where it is whole, for no SDK reads it without. */
export const missingEnd = (rest: Uint8Array): Uint8Array => (isWhole(rest) ? BLANK_LINE : NOTHING)

export const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const parsed = (frame: Uint8Array) => objectOf(parseJson(frameData(frame) ?? ""))

/** Whether an event without its blank line has all of its data. */
export const isWhole = (frame: Uint8Array): boolean => {
  const data = frame.length === 0 ? undefined : frameData(frame)
  return data !== undefined && (data.trim() === "[DONE]" || objectOf(parseJson(data)) !== undefined)
}

/** Whether a member of this name holds a string that is not empty; content cannot look like this, its quotes are escaped. */
const holdsText = (bytes: Buffer, member: Buffer): boolean => {
  for (let at = bytes.indexOf(member); at !== -1; at = bytes.indexOf(member, at)) {
    at += member.length
    while (bytes[at] === 32 || bytes[at] === 58) at++
    if (bytes[at] === 34 && at + 1 < bytes.length && bytes[at + 1] !== 34) return true
  }
  return false
}

const holdsAcross = (seam: Uint8Array, bytes: Buffer): boolean =>
  holdsText(view(concatBytes([seam, bytes.subarray(0, SEAM_BYTES)])), FINISH)

/** Whether the event has the name of error. Two bytes tell for nearly all, which matters for each of a stream. */
const isErrorEvent = (bytes: Buffer): boolean => {
  if (bytes[0] !== 101) return false
  const name = bytes[6] === 32 ? 7 : 6
  return bytes[name] === 101 && bytes[name + 1] === 114 && ERROR_EVENT.test(bytes.toString("latin1", 0, name + 6))
}

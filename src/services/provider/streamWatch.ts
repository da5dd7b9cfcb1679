import { objectOf, parseJson } from "./json.ts"
import { streamError } from "./providerError.ts"
import { frameData } from "./sse.ts"

/** The frame of `data: [DONE]` is shorter than this, with room for an event name and an id. */
const DONE_FRAME_BYTES = 64

const ERROR = Buffer.from(`"error"`)
const MESSAGE_STOP = Buffer.from(`"message_stop"`)
const FINISH = Buffer.from(`"finish_reason"`)

/**
 * What the frames of a stream that is forwarded untouched say of its end. Frames are searched as bytes and parsed only
 * when they hold a telling word.
 */
export class StreamWatch {
  readonly #choices: number
  #done = false
  #finished = 0
  #error: string | undefined

  /** `choices` is how many the request asks for. */
  constructor(choices = 1) {
    this.#choices = choices
  }

  /** `[DONE]` or `message_stop` was seen; some providers close a finished answer without. */
  get done(): boolean {
    return this.#done || (this.#error === undefined && this.#finished >= this.#choices)
  }

  get error(): string | undefined {
    return this.#error
  }

  openAi(frame: Uint8Array): void {
    if (frame.length <= DONE_FRAME_BYTES && frameData(frame)?.trim() === "[DONE]") {
      this.#done = true
      return
    }
    const bytes = view(frame)
    if (this.#finished < this.#choices && saysFinished(bytes)) this.#finished++
    if (bytes.includes(ERROR)) this.#readError(frame)
  }

  anthropic(frame: Uint8Array): void {
    const bytes = view(frame)
    if (bytes.includes(MESSAGE_STOP) && parsed(frame)?.["type"] === "message_stop") this.#done = true
    if (bytes.includes(ERROR)) this.#readError(frame)
  }

  #readError(frame: Uint8Array): void {
    const error = streamError(parsed(frame) ?? {})
    if (error !== undefined) this.#error ??= error.type
  }
}

export const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const parsed = (frame: Uint8Array) => objectOf(parseJson(frameData(frame) ?? ""))

/** A `finish_reason` that holds a string; content cannot look like this, its quotes are escaped. */
const saysFinished = (bytes: Buffer): boolean => {
  for (let at = bytes.indexOf(FINISH); at !== -1; at = bytes.indexOf(FINISH, at)) {
    at += FINISH.length
    while (bytes[at] === 32 || bytes[at] === 58) at++
    if (bytes[at] === 34) return true
  }
  return false
}

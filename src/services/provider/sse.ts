/**
 * Server-sent events by the WHATWG rules, over bytes cut anywhere.
 */
export interface SseEvent {
  /** `message` where the stream names none. */
  readonly event: string
  readonly data: string
  /** The last `id` of the stream so far. */
  readonly id: string
}

/** A bigger event is refused rather than collected. */
export const MAX_EVENT_BYTES = 16 * 1024 * 1024

const LF = 10
const CR = 13
const COLON = 58
const SPACE = 32

/**
 * Cuts a stream into frames: the bytes of one event with the blank line that ends it. The frames, put together, are
 * the stream. An unfinished frame is kept until its end comes, or handed out, not `ended`, once it has grown past `limit`;
 * what is left of it then follows as frames of their own.
 */
export class SseSplitter {
  readonly #onFrame: (frame: Uint8Array, ended: boolean) => void
  readonly #limit: number
  #pending: Array<Uint8Array> = []
  #pendingBytes = 0
  #lineOpen = false
  #afterCr = false
  #overflowed = false

  constructor(onFrame: (frame: Uint8Array, ended: boolean) => void, limit: number = MAX_EVENT_BYTES) {
    this.#onFrame = onFrame
    this.#limit = limit
  }

  /** Whether a frame has ever been cut at the limit. */
  get overflowed(): boolean {
    return this.#overflowed
  }

  push(chunk: Uint8Array): void {
    let frameStart = 0
    let lineStart = 0
    if (this.#afterCr && chunk.length > 0) {
      this.#afterCr = false
      if (chunk[0] === LF) {
        lineStart = 1
        // The second half of the line end that finished the frame before: it goes where that frame went.
        if (this.#pending.length === 0) {
          this.#onFrame(chunk.subarray(0, 1), true)
          frameStart = 1
        }
      }
    }
    let lf = chunk.indexOf(LF, lineStart)
    let cr = chunk.indexOf(CR, lineStart)
    while (lf !== -1 || cr !== -1) {
      const end = lf === -1 || (cr !== -1 && cr < lf) ? cr : lf
      const blank = end === lineStart && !this.#lineOpen
      this.#lineOpen = false
      lineStart = end + 1
      if (end === cr) {
        if (lineStart === chunk.length) this.#afterCr = true
        else if (chunk[lineStart] === LF) lineStart++
        cr = chunk.indexOf(CR, lineStart)
      }
      if (lf !== -1 && lf < lineStart) lf = chunk.indexOf(LF, lineStart)
      if (blank) {
        this.#emit(chunk.subarray(frameStart, lineStart))
        frameStart = lineStart
      }
    }
    if (lineStart < chunk.length) this.#lineOpen = true
    if (frameStart === chunk.length) return
    this.#pending.push(frameStart === 0 ? chunk : chunk.subarray(frameStart))
    this.#pendingBytes += chunk.length - frameStart
    if (this.#pendingBytes > this.#limit) {
      this.#overflowed = true
      this.#onFrame(this.rest(), false)
    }
  }

  /** Takes out the bytes of the unfinished frame. */
  rest(): Uint8Array {
    const rest = concatBytes(this.#pending)
    this.#pending = []
    this.#pendingBytes = 0
    return rest
  }

  #emit(tail: Uint8Array): void {
    if (this.#pending.length === 0) {
      this.#onFrame(tail, true)
      return
    }
    this.#pending.push(tail)
    this.#onFrame(this.rest(), true)
  }
}

/** Reads events. An unfinished last one is never reported, as the rules want it. */
export class SseParser {
  readonly #onEvent: (event: SseEvent) => void
  readonly #splitter: SseSplitter
  readonly #limit: number
  #first = true
  #id = ""
  #retry: number | undefined

  constructor(onEvent: (event: SseEvent) => void, limit: number = MAX_EVENT_BYTES) {
    this.#onEvent = onEvent
    this.#limit = limit
    this.#splitter = new SseSplitter((frame) => this.#frame(frame), limit)
  }

  /** `false` once an event has been bigger than the limit; what comes after it is not read. */
  push(chunk: Uint8Array): boolean {
    if (!this.#splitter.overflowed) this.#splitter.push(chunk)
    return !this.#splitter.overflowed
  }

  /** Takes out the bytes of the unfinished event. */
  rest(): Uint8Array {
    return this.#splitter.rest()
  }

  /** Milliseconds, where the stream has asked for a reconnection time. */
  get retry(): number | undefined {
    return this.#retry
  }

  #frame(frame: Uint8Array): void {
    if (frame.length > this.#limit) return
    let event = ""
    let data: string | undefined
    const start = this.#first && isBom(frame) ? 3 : 0
    this.#first = false
    eachField(frame, start, (name, value) => {
      if (name === "data") data = data === undefined ? value : `${data}\n${value}`
      else if (name === "event") event = value
      else if (name === "id") this.#id = value.includes("\0") ? this.#id : value
      else if (name === "retry" && /^[0-9]+$/.test(value)) this.#retry = Number(value)
    })
    if (data !== undefined) this.#onEvent({ event: event === "" ? "message" : event, data, id: this.#id })
  }
}

/** The data of one frame; `undefined` where it has none. */
export const frameData = (frame: Uint8Array): string | undefined => {
  let data: string | undefined
  eachField(frame, isBom(frame) ? 3 : 0, (name, value) => {
    if (name === "data") data = data === undefined ? value : `${data}\n${value}`
  })
  return data
}

/** One event as text, ready to be sent. */
export const sseText = (data: string, event?: string): string => {
  const lines = data.includes("\n") || data.includes("\r") ? data.split(/\r\n|\r|\n/).join("\ndata: ") : data
  return event === undefined ? `data: ${lines}\n\n` : `event: ${event}\ndata: ${lines}\n\n`
}

export const concatBytes = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const [only] = pieces
  if (only !== undefined && pieces.length === 1) return only
  return Buffer.concat(pieces)
}

const isBom = (bytes: Uint8Array): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

type Field = "data" | "event" | "id" | "retry"

const eachField = (frame: Uint8Array, at: number, onField: (name: Field, value: string) => void): void => {
  const hasCr = frame.indexOf(CR, at) !== -1
  while (at < frame.length) {
    let end = frame.indexOf(LF, at)
    if (end === -1) end = frame.length
    if (hasCr) {
      const cr = frame.indexOf(CR, at)
      if (cr !== -1 && cr < end) end = cr
    }
    const name = fieldName(frame, at, end)
    if (name !== undefined) {
      let value = at + name.length
      if (value < end) value++
      if (value < end && frame[value] === SPACE) value++
      onField(name, value < end ? decoder.decode(frame.subarray(value, end)) : "")
    }
    at = end + 1
  }
}

/** Names match byte for byte; a line of any other name says nothing. */
const fieldName = (frame: Uint8Array, start: number, end: number): Field | undefined => {
  switch (frame[start]) {
    case 100:
      return isField(frame, start, end, "data")
    case 101:
      return isField(frame, start, end, "event")
    case 105:
      return isField(frame, start, end, "id")
    case 114:
      return isField(frame, start, end, "retry")
    default:
      return undefined
  }
}

const isField = (frame: Uint8Array, start: number, end: number, name: Field): Field | undefined => {
  const after = start + name.length
  if (after > end || (after < end && frame[after] !== COLON)) return undefined
  for (let i = 1; i < name.length; i++) {
    if (frame[start + i] !== name.charCodeAt(i)) return undefined
  }
  return name
}

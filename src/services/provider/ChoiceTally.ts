import { keyIs, scanObject, skipSpace, skipValue } from "./jsonScanner.ts"

const OPEN_BRACE = 123
const OPEN_BRACKET = 91
const COMMA = 44
const QUOTE = 34
const ZERO = 48
const NINE = 57

/** Which choices of a stream have begun and which have ended, read from the bytes of its chunks. */
export class ChoiceTally {
  readonly #began = new Set<number>()
  readonly #ended = new Set<number>()
  #frame: Uint8Array = new Uint8Array(0)
  #index = 0
  #finished = false

  get ended(): number {
    return this.#ended.size
  }

  /** Whether there is a choice, and none that has begun is still open. Providers that know no `n` give one. */
  get allEnded(): boolean {
    return this.#began.size > 0 && this.#ended.size === this.#began.size
  }

  add(frame: Uint8Array): void {
    const open = frame.indexOf(OPEN_BRACE)
    if (open === -1) return
    this.#frame = frame
    scanObject(frame, open, this.#chunkMember)
  }

  readonly #chunkMember = (keyStart: number, keyEnd: number, at: number, end: number): void => {
    const frame = this.#frame
    if (frame[at] !== OPEN_BRACKET || !keyIs(frame, keyStart, keyEnd, "choices")) return
    at = skipSpace(frame, at + 1)
    while (at < end && frame[at] === OPEN_BRACE) {
      this.#index = 0
      this.#finished = false
      scanObject(frame, at, this.#choiceMember)
      this.#began.add(this.#index)
      if (this.#finished) this.#ended.add(this.#index)
      at = skipSpace(frame, skipValue(frame, at))
      if (frame[at] !== COMMA) return
      at = skipSpace(frame, at + 1)
    }
  }

  readonly #choiceMember = (keyStart: number, keyEnd: number, at: number, end: number): void => {
    const frame = this.#frame
    if (keyIs(frame, keyStart, keyEnd, "index")) this.#index = digits(frame, at, end)
    else if (keyIs(frame, keyStart, keyEnd, "finish_reason")) this.#finished = frame[at] === QUOTE && end - at > 2
  }
}

const digits = (bytes: Uint8Array, at: number, end: number): number => {
  let value = 0
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0
    if (byte < ZERO || byte > NINE) return value
    value = value * 10 + byte - ZERO
  }
  return value
}

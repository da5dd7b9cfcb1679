import { keyIs, scanObject } from "./jsonScanner.ts"

const OPEN_BRACE = 123

/**
 * A request body with `model` as its top-level model and, where asked, `stream_options.include_usage` true.
 * Every other byte stays: numbers, spacing, unknown members, duplicate keys. A key that stands twice is changed twice,
 * so that no reader can see the old value. Returns the very same bytes when they say all this already.
 */
export const spliceTopLevel = (body: Uint8Array, model: string, includeUsage: boolean): Uint8Array => {
  const open = body.indexOf(OPEN_BRACE)
  const wanted = JSON.stringify(model)
  const edits = new Edits(body)
  let hasModel = false
  let hasStreamOptions = false
  let empty = true
  scanObject(body, open, (keyStart, keyEnd, valueStart, valueEnd) => {
    empty = false
    if (keyIs(body, keyStart, keyEnd, "model")) {
      hasModel = true
      edits.replace(valueStart, valueEnd, wanted)
    } else if (includeUsage && keyIs(body, keyStart, keyEnd, "stream_options")) {
      hasStreamOptions = true
      askForUsage(body, valueStart, valueEnd, edits)
    }
  })
  let missing = ""
  if (!hasModel) missing += `"model":${wanted},`
  if (includeUsage && !hasStreamOptions) missing += `"stream_options":{"include_usage":true},`
  return edits.apply(open + 1, empty ? missing.slice(0, -1) : missing)
}

const askForUsage = (body: Uint8Array, start: number, end: number, edits: Edits): void => {
  if (body[start] !== OPEN_BRACE) {
    edits.replace(start, end, `{"include_usage":true}`)
    return
  }
  let found = false
  let empty = true
  scanObject(body, start, (keyStart, keyEnd, valueStart, valueEnd) => {
    empty = false
    if (!keyIs(body, keyStart, keyEnd, "include_usage")) return
    found = true
    edits.replace(valueStart, valueEnd, "true")
  })
  if (!found) edits.replace(start + 1, start + 1, empty ? `"include_usage":true` : `"include_usage":true,`)
}

/** Replacements in ascending order of their place. */
class Edits {
  readonly #body: Uint8Array
  readonly #starts: Array<number> = []
  readonly #ends: Array<number> = []
  readonly #texts: Array<string> = []

  constructor(body: Uint8Array) {
    this.#body = body
  }

  replace(start: number, end: number, text: string): void {
    if (this.#says(start, end, text)) return
    this.#starts.push(start)
    this.#ends.push(end)
    this.#texts.push(text)
  }

  /** The body with all of them made, and `first` put in at `at`, before every one. */
  apply(at: number, first: string): Uint8Array {
    if (this.#starts.length === 0 && first === "") return this.#body
    if (first !== "") {
      this.#starts.unshift(at)
      this.#ends.unshift(at)
      this.#texts.unshift(first)
    }
    let size = this.#body.length
    for (let i = 0; i < this.#texts.length; i++) {
      size += Buffer.byteLength(this.#texts[i] ?? "") - (this.#ends[i] ?? 0) + (this.#starts[i] ?? 0)
    }
    const out = Buffer.allocUnsafe(size)
    let read = 0
    let written = 0
    for (let i = 0; i < this.#texts.length; i++) {
      const start = this.#starts[i] ?? 0
      out.set(this.#body.subarray(read, start), written)
      written += start - read
      written += out.write(this.#texts[i] ?? "", written)
      read = this.#ends[i] ?? 0
    }
    out.set(this.#body.subarray(read), written)
    return out
  }

  #says(start: number, end: number, text: string): boolean {
    if (end - start !== text.length || start === end) return false
    for (let i = 0; i < text.length; i++) {
      if (this.#body[start + i] !== text.charCodeAt(i)) return false
    }
    return true
  }
}

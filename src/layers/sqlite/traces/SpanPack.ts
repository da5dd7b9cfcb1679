import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib"
import type { StoredSpan } from "../../../services/store/TraceSummary.ts"
import { release } from "../../system/release.ts"

const LEVEL = { [constants.ZSTD_c_compressionLevel]: 1 }
const CHUNK = 32 * 1024
/** Shorter ones are cheaper said again. */
const LONG = 64
/** A full pack: one trace is opened by decompressing all of it. */
const TRACES = 12
const CHARACTERS = 256 * 1024

type Value = StoredSpan["attributes"][string]

/** Stands for a long text; no attribute is a list of numbers. */
type Reference = readonly [text: number]

/** A span, its attributes as name and value by turns: twice as quick to write as objects. */
type SpanLine = readonly [span: Omit<StoredSpan, "attributes">, attributes: ReadonlyArray<Value | Reference>]

/**
 * Spans of several traces, compressed together: half the time and four fifths of the room of each on its own.
 *
 * Lines of JSON: how many spans there are, each span, each long text. So what is read of a pack is what is wanted of it.
 * Bodies stand on several spans, prompts in many traces: what is long is written, and compressed, once.
 */
export class SpanPack {
  readonly #texts = new Map<string, Reference>()
  #lines = ""
  #spans = 0
  #traces = 0
  #characters = 0

  get full(): boolean {
    return this.#traces >= TRACES || this.#characters >= CHARACTERS
  }

  /** Gives where they begin. */
  add(spans: ReadonlyArray<StoredSpan>): number {
    const at = this.#spans
    for (const span of spans) this.#lines += `\n${JSON.stringify(this.#lineOf(span))}`
    this.#spans += spans.length
    this.#traces += 1
    return at
  }

  toBytes(): Uint8Array {
    let lines = `${this.#spans}${this.#lines}`
    for (const text of this.#texts.keys()) lines += `\n${JSON.stringify(text)}`
    const bytes = bytesOf(lines)
    return zstdCompressSync(bytes, { params: LEVEL, pledgedSrcSize: bytes.length, chunkSize: CHUNK })
  }

  #lineOf({ attributes, ...span }: StoredSpan): SpanLine {
    const list: Array<Value | Reference> = []
    for (const name in attributes) {
      const value = attributes[name]
      if (value !== undefined) list.push(name, this.#referred(value))
    }
    return [span, list]
  }

  #referred(value: Value): Value | Reference {
    if (typeof value !== "string" || value.length < LONG) return value
    const known = this.#texts.get(value)
    if (known !== undefined) return known
    const reference: Reference = [this.#texts.size]
    this.#texts.set(value, reference)
    this.#characters += value.length
    return reference
  }
}

// Used again and again: what lies outside V8's heap is slow to come by, and to give back.
const scratch = Buffer.allocUnsafeSlow(1024 * 1024)
/** Of a UTF-16 unit in UTF-8. */
const MOST_BYTES = 3

const bytesOf = (text: string): Uint8Array =>
  MOST_BYTES * text.length <= scratch.length ? scratch.subarray(0, scratch.write(text)) : Buffer.from(text)

/** So many spans of a pack. */
export const unpackSpans = (bytes: Uint8Array, at: number, count: number): ReadonlyArray<StoredSpan> => {
  const lines = zstdDecompressSync(bytes, { chunkSize: roomFor(bytes) })
  const spans = spansOf(lines, at, count)
  release(lines)
  return spans
}

const spansOf = (lines: Buffer, at: number, count: number): ReadonlyArray<StoredSpan> => {
  const read = linesOf(lines)
  const first: number | OlderBody = read(0)
  if (typeof first === "object") {
    return first.spans.slice(at, at + count).map((span, index) => ({
      ...span,
      attributes: attributesOf(first.attributes[at + index] ?? [], (text) => first.texts[text] ?? "")
    }))
  }
  const texts = new Map<number, string>()
  const textOf = (text: number): string => {
    const known = texts.get(text) ?? read(1 + first + text)
    texts.set(text, known)
    return known
  }
  return Array.from({ length: Math.min(count, first - at) }, (_, index) => {
    const [span, attributes]: SpanLine = read(1 + at + index)
    return { ...span, attributes: attributesOf(attributes, textOf) }
  })
}

/** Of schema version 3 and before: all in one line. */
interface OlderBody {
  readonly texts: ReadonlyArray<string>
  readonly spans: ReadonlyArray<Omit<StoredSpan, "attributes">>
  readonly attributes: ReadonlyArray<ReadonlyArray<Value | Reference>>
}

/**
 * Room for what a frame says it has, so that it comes out in one piece, and no more (RFC 8878, 3.1.1.1). Ours say it, and
 * have no dictionary.
 */
const roomFor = (frame: Uint8Array): number => {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const descriptor = view.getUint8(4)
  const at = (descriptor & 0x20) === 0 ? 6 : 5
  const bytes = descriptor >>> 6
  const size = bytes === 0 ? view.getUint8(at) : bytes === 1 ? view.getUint16(at, true) + 256 : view.getUint32(at, true)
  return Math.min(size, LARGEST) + 64
}

/** A wrong number must not be believed. */
const LARGEST = 16 * 1024 * 1024

const LINE_FEED = 10

/** Gives the function that reads a line of JSON. */
const linesOf = (unpacked: Buffer) => {
  const ends: Array<number> = []
  for (let at = unpacked.indexOf(LINE_FEED); at !== -1; at = unpacked.indexOf(LINE_FEED, at + 1)) ends.push(at)
  ends.push(unpacked.length)
  return (line: number) => JSON.parse(unpacked.toString("utf8", line === 0 ? 0 : (ends[line - 1] ?? 0) + 1, ends[line]))
}

const attributesOf = (
  list: ReadonlyArray<Value | Reference>,
  textOf: (text: number) => string
): Record<string, Value> => {
  const attributes: Array<[string, Value]> = []
  for (let at = 0; at + 1 < list.length; at += 2) {
    const value = list[at + 1]
    if (value !== undefined) attributes.push([String(list[at]), isReference(value) ? textOf(value[0]) : value])
  }
  return Object.fromEntries(attributes)
}

const isReference = (value: Value | Reference): value is Reference =>
  Array.isArray(value) && typeof value[0] === "number"

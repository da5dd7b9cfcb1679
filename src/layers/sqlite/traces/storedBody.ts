import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib"
import type { StoredSpan } from "../../../services/store/TraceSummary.ts"

/** On traces of 2 to 4 KB of bodies half the time of deflate's quickest, and as small: 9 KB become 2.7. */
const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** Shorter ones are cheaper said again. */
const LONG = 64

type Value = StoredSpan["attributes"][string]

/** Stands for a text of `texts`; no attribute is a list of numbers. */
type Reference = readonly [text: number]

interface Body {
  /** Bodies stand on several spans: what is long is written, and compressed, once. */
  readonly texts: ReadonlyArray<string>
  readonly spans: ReadonlyArray<Omit<StoredSpan, "attributes">>
  /** Of each span, name and value by turns: twice as quick to write as objects. */
  readonly attributes: ReadonlyArray<ReadonlyArray<Value | Reference>>
}

export const encodeSpans = (spans: ReadonlyArray<StoredSpan>): Uint8Array => {
  const texts = new Map<string, Reference>()
  const referred = (value: Value): Value | Reference => {
    if (typeof value !== "string" || value.length < LONG) return value
    const reference = texts.get(value) ?? [texts.size]
    texts.set(value, reference)
    return reference
  }
  const attributes: Array<Array<Value | Reference>> = []
  const bare: Array<Omit<StoredSpan, "attributes">> = []
  for (const { attributes: own, ...rest } of spans) {
    const list: Array<Value | Reference> = []
    for (const name of Object.keys(own)) {
      const value = own[name]
      if (value !== undefined) list.push(name, referred(value))
    }
    attributes.push(list)
    bare.push(rest)
  }
  const body: Body = { texts: [...texts.keys()], spans: bare, attributes }
  return zstdCompressSync(JSON.stringify(body), OPTIONS)
}

export const decodeSpans = (bytes: Uint8Array): ReadonlyArray<StoredSpan> => {
  const { attributes, spans, texts }: Body = JSON.parse(zstdDecompressSync(bytes).toString("utf8"))
  return spans.map((span, at) => ({ ...span, attributes: attributesOf(attributes[at] ?? [], texts) }))
}

const attributesOf = (list: ReadonlyArray<Value | Reference>, texts: ReadonlyArray<string>): Record<string, Value> => {
  const attributes: Array<[string, Value]> = []
  for (let at = 0; at + 1 < list.length; at += 2) {
    const value = list[at + 1]
    if (value !== undefined) attributes.push([String(list[at]), isReference(value) ? (texts[value[0]] ?? "") : value])
  }
  return Object.fromEntries(attributes)
}

const isReference = (value: Value | Reference): value is Reference =>
  Array.isArray(value) && typeof value[0] === "number"

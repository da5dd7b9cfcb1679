import type { Attributes } from "@opentelemetry/api"
import { attributes as table } from "../../services/trace/attributes.ts"
import { hasValue, isDouble, isInt64, type Value } from "./attributeValue.ts"
import { utf8Size, varintSize, type Writer } from "./encodeWriter.ts"

/** `AnyValue`'s fields with their wire types. */
const STRING = 0x0a
const BOOL = 0x10
const INT = 0x18
const DOUBLE = 0x21
const ARRAY = 0x2a
const KVLIST = 0x32
const BYTES = 0x3a

interface Key {
  /** `KeyValue` up to the length of its value. */
  readonly prefix: Uint8Array
  readonly double: boolean
}

const makeKey = (key: string, double: boolean): Key => {
  const size = utf8Size(key)
  const prefix = [0x0a]
  for (let rest = size; ; rest = rest >>> 7) {
    prefix.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest)
    if (rest <= 0x7f) break
  }
  return { prefix: Buffer.concat([Buffer.from(prefix), Buffer.from(key), Buffer.of(0x12)]), double }
}

const known: ReadonlyMap<string, Key> = new Map([...table.keys()].map((key) => [key, makeKey(key, isDouble(key))]))

/**
 * Attributes as repeated `KeyValue` fields. A number is a double where the attribute table says so, even 0 and 1; any
 * other number is an int where it is a whole one. Left out: null, undefined, NaN, infinities, and the empty key.
 */
export const writeAttributes = (writer: Writer, tag: number, attributes: Attributes): void => {
  for (const name in attributes) {
    const value: unknown = attributes[name]
    if (name === "" || !hasValue(value)) continue
    const key = known.get(name) ?? makeKey(name, false)
    if (typeof value === "string") writeText(writer, tag, key, value)
    else if (typeof value === "object") writeNested(writer, tag, key, value)
    else writeScalar(writer, tag, key, value)
  }
}

const writeText = (writer: Writer, tag: number, { prefix }: Key, value: string): void => {
  const size = utf8Size(value)
  const any = 1 + varintSize(size) + size
  const length = prefix.length + varintSize(any) + any
  writer.reserve(6 + length)
  writer.byte(tag)
  writer.varint(length)
  writer.bytes(prefix)
  writer.varint(any)
  writer.byte(STRING)
  writer.varint(size)
  writer.text(value, size)
}

const writeScalar = (writer: Writer, tag: number, { prefix, double }: Key, value: number | boolean): void => {
  writer.reserve(6 + prefix.length + 12)
  writer.byte(tag)
  const pair = writer.begin(1)
  writer.bytes(prefix)
  const any = writer.begin(1)
  scalar(writer, value, double)
  writer.end(any, 1)
  writer.end(pair, 1)
}

const writeNested = (writer: Writer, tag: number, { prefix }: Key, value: object): void => {
  writer.reserve(12 + prefix.length)
  writer.byte(tag)
  const pair = writer.begin(1)
  writer.bytes(prefix)
  const any = writer.begin(1)
  anyValue(writer, value)
  writer.end(any, 1)
  writer.end(pair, 1)
}

const scalar = (writer: Writer, value: number | boolean, double: boolean): void => {
  if (typeof value === "boolean") {
    writer.byte(BOOL)
    writer.byte(value ? 1 : 0)
  } else if (!double && isInt64(value)) {
    writer.byte(INT)
    writer.int64(value)
  } else {
    writer.byte(DOUBLE)
    writer.double(value)
  }
}

/** The body of an `AnyValue`. */
const anyValue = (writer: Writer, value: Value): void => {
  writer.reserve(12)
  if (typeof value === "string") {
    const size = utf8Size(value)
    writer.reserve(6 + size)
    writer.byte(STRING)
    writer.varint(size)
    writer.text(value, size)
  } else if (typeof value !== "object") {
    scalar(writer, value, false)
  } else if (value instanceof Uint8Array) {
    writer.reserve(6 + value.length)
    writer.byte(BYTES)
    writer.varint(value.length)
    writer.bytes(value)
  } else if (Array.isArray(value)) {
    writer.byte(ARRAY)
    const array = writer.begin(1)
    for (const item of value) {
      if (!hasValue(item)) continue
      writer.reserve(2)
      writer.byte(0x0a)
      const any = writer.begin(1)
      anyValue(writer, item)
      writer.end(any, 1)
    }
    writer.end(array, 1)
  } else {
    writer.byte(KVLIST)
    const list = writer.begin(1)
    writeAttributes(writer, 0x0a, { ...value })
    writer.end(list, 1)
  }
}

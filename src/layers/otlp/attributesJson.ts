import type { Attributes } from "@opentelemetry/api"
import { attributes as table } from "../../services/trace/attributes.ts"
import { hasValue, isDouble, isInt64, type Value } from "./attributeValue.ts"

/** Text as a JSON string, with U+FFFD for half characters: JSON would carry them as escapes that stand for nothing. */
export const quoted = (text: string): string => JSON.stringify(text.toWellFormed())

const keyOf = (name: string): string => `{"key":${quoted(name)},"value":`

const known: ReadonlyMap<string, string> = new Map([...table.keys()].map((name) => [name, keyOf(name)]))

/**
 * Attributes as `KeyValue` objects with commas between, by the same rules as `writeAttributes`: a number is a double
 * where the attribute table says so, and what has no value is left out. Empty for none.
 */
export const attributesJson = (attributes: Attributes): string => {
  let json = ""
  for (const name in attributes) {
    const value: unknown = attributes[name]
    if (name === "" || !hasValue(value)) continue
    if (json !== "") json += ","
    json += `${known.get(name) ?? keyOf(name)}${valueJson(value, isDouble(name))}}`
  }
  return json
}

const valueJson = (value: Value, double: boolean): string => {
  if (typeof value === "string") return `{"stringValue":${quoted(value)}}`
  if (typeof value === "boolean") return `{"boolValue":${value}}`
  if (typeof value === "number") {
    return double || !isInt64(value) ? `{"doubleValue":${value}}` : `{"intValue":"${BigInt(value)}"}`
  }
  if (value instanceof Uint8Array) return `{"bytesValue":"${Buffer.from(value).toString("base64")}"}`
  if (Array.isArray(value)) {
    const values = value.filter(hasValue).map((item) => valueJson(item, false))
    return `{"arrayValue":{"values":[${values.join(",")}]}}`
  }
  return `{"kvlistValue":{"values":[${attributesJson({ ...value })}]}}`
}

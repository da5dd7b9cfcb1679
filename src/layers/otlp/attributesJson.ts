import type { Attributes } from "@opentelemetry/api"
import { hasValue, isDouble, isInt64, type Value } from "./attributeValue.ts"

/** `AnyValue` by OTLP's JSON mapping: 64-bit numbers as decimal text, bytes in base64. */
export type JsonValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly bytesValue: string }
  | { readonly arrayValue: { readonly values: ReadonlyArray<JsonValue> } }
  | { readonly kvlistValue: { readonly values: ReadonlyArray<JsonAttribute> } }

export interface JsonAttribute {
  readonly key: string
  readonly value: JsonValue
}

/**
 * Attributes as `KeyValue` objects, by the same rules as `writeAttributes`: a number is a double where the attribute
 * table says so, and what has no value is left out.
 */
export const attributesJson = (attributes: Attributes): ReadonlyArray<JsonAttribute> => {
  const list: Array<JsonAttribute> = []
  for (const name in attributes) {
    const value: unknown = attributes[name]
    if (name === "" || !hasValue(value)) continue
    const json = typeof value === "number" && isDouble(name) ? { doubleValue: value } : valueJson(value)
    list.push({ key: name, value: json })
  }
  return list
}

const valueJson = (value: Value): JsonValue => {
  if (typeof value === "string") return { stringValue: value }
  if (typeof value === "boolean") return { boolValue: value }
  if (typeof value === "number") return isInt64(value) ? { intValue: decimal(value) } : { doubleValue: value }
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") }
  if (Array.isArray(value)) return { arrayValue: { values: value.filter(hasValue).map(valueJson) } }
  return { kvlistValue: { values: attributesJson({ ...value }) } }
}

/** Numbers beyond the safe ones print with zeros for their last digits. */
const decimal = (value: number): string => (Number.isSafeInteger(value) ? String(value) : String(BigInt(value)))

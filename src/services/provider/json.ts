import { isJsonObject, type JsonObject } from "./Api.ts"

/** Looking into parsed JSON whose shape is only hoped for: what is not there, or not of its type, is `undefined`. */

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** `undefined` where the input is no JSON. Bytes that are no UTF-8 read as U+FFFD. */
export const parseJson = (input: Uint8Array | string): unknown => {
  try {
    return JSON.parse(typeof input === "string" ? input : decoder.decode(input))
  } catch {
    return undefined
  }
}

export const encodeJson = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value))

export const encodeText = (text: string): Uint8Array => encoder.encode(text)

export const objectOf = (value: unknown): JsonObject | undefined => (isJsonObject(value) ? value : undefined)

export const arrayOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

export const objectsOf = (value: unknown): ReadonlyArray<JsonObject> => arrayOf(value).filter(isJsonObject)

/** A string that is not empty. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined

export const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined

/** A whole number from 0 on; -0 is 0. */
export const countOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? Math.abs(value) : undefined

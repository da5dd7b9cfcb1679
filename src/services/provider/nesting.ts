import { isJsonObject } from "./Api.ts"

/** Deeper than any schema or argument seen in the wild, and shallow enough for every reader of a trace. */
const MAX_TRACED_DEPTH = 100

/** `JSON.stringify` of older runtimes runs out of stack some thousand levels down. */
const MAX_TRANSLATED_DEPTH = 500

/** The value itself, or a word in its place when it is nested so deep that whoever reads it next may break on it. */
export const boundedDepth = (value: unknown): unknown => (fits(value, MAX_TRACED_DEPTH) ? value : "[nested too deep]")

/** Whether a parsed body may be taken apart and written anew. */
export const isTranslatable = (value: unknown): boolean => fits(value, MAX_TRANSLATED_DEPTH)

const fits = (value: unknown, depth: number): boolean => {
  if (depth === 0) return false
  if (Array.isArray(value)) return value.every((item) => fits(item, depth - 1))
  if (!isJsonObject(value)) return true
  for (const key in value) {
    if (!fits(value[key], depth - 1)) return false
  }
  return true
}

import type { JsonObject } from "../../../services/provider/Api.ts"
import { tokenCount } from "./AnswerStyle.ts"
import { numberOr } from "./Dialect.ts"

const DIMENSIONS = 1536

/** A unit vector that depends on the text alone. */
const vector = (text: string, dimensions: number): Float32Array => {
  let state = 2166136261
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 16777619)
  const values = new Float32Array(dimensions)
  let squares = 0
  for (let i = 0; i < dimensions; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    const value = state / 2 ** 31
    values[i] = value
    squares += value * value
  }
  const length = Math.sqrt(squares)
  return values.map((value) => value / length)
}

/** `POST /v1/embeddings`; a text is the reason for a 400. */
export const openAiEmbeddings = (json: JsonObject, model: string): string | object => {
  const input = json["input"]
  if (input === undefined || input === "" || (Array.isArray(input) && input.length === 0)) {
    return "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference."
  }
  // A list of numbers is one input that is tokens already.
  const inputs = Array.isArray(input) && typeof input[0] !== "number" ? input : [input]
  const dimensions = numberOr(json["dimensions"], DIMENSIONS)
  const base64 = json["encoding_format"] === "base64"
  let tokens = 0
  const data = inputs.map((one, index) => {
    const text = typeof one === "string" ? one : JSON.stringify(one)
    tokens += Array.isArray(one) ? one.length : tokenCount(text.length)
    const values = vector(text, dimensions)
    return {
      object: "embedding",
      index,
      embedding: base64 ? Buffer.from(values.buffer).toString("base64") : [...values]
    }
  })
  return { object: "list", data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } }
}

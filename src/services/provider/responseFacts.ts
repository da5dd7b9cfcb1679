import type { Mutable } from "effect/Types"
import { AnthropicAssembly } from "./AnthropicAssembly.ts"
import type { Operation, ProviderApi } from "./Api.ts"
import { isJsonObject, type JsonObject } from "./Api.ts"
import { readAnthropicAnswer, readOpenAiAnswer } from "./answerFacts.ts"
import { readCutBody } from "./cutBody.ts"
import type { ResponseContent, ResponseFacts } from "./Facts.ts"
import { objectOf, parseJson } from "./json.ts"
import { OpenAiAssembly } from "./OpenAiAssembly.ts"
import { streamError } from "./providerError.ts"
import { type SseEvent, SseParser } from "./sse.ts"

export interface ReadResponse {
  readonly facts: ResponseFacts
  /** Only when it was asked for and there is any. */
  readonly content?: ResponseContent
}

/**
 * What a trace says of a provider's answer, from the bytes that were kept of it.
 *
 * `parts` are in order. Each is contiguous in itself; between two of them bytes may be missing, so that a stream is read
 * anew from the start of each part and an event that lies across a gap is lost. Total: any bytes give facts.
 */
export const readResponse = (
  api: ProviderApi,
  operation: Operation,
  streamed: boolean,
  parts: ReadonlyArray<Uint8Array>,
  content: boolean
): ReadResponse => (streamed ? readStream(api, operation, parts, content) : readBody(api, operation, parts, content))

const readStream = (
  api: ProviderApi,
  operation: Operation,
  parts: ReadonlyArray<Uint8Array>,
  content: boolean
): ReadResponse => {
  const assembly = api === "openai" ? new OpenAiAssembly(operation, content) : new AnthropicAssembly(content)
  let events = 0
  let error: ResponseFacts["error"]
  const onEvent = ({ data }: SseEvent): void => {
    events++
    if (data.trim() === "[DONE]") {
      assembly.finish()
      return
    }
    const event = parseJson(data)
    if (!isJsonObject(event)) return
    error ??= errorOf(event)
    assembly.add(event)
  }
  for (const part of parts) new SseParser(onEvent).push(part)
  // A provider may answer a request for a stream with one body, most often an error.
  if (events === 0) return readBody(api, operation, parts, content)
  const done = assembly.done && error === undefined
  return answer(api, operation, assembly.body(done), {
    content,
    streamed: true,
    done,
    usagePartial: !assembly.usageIsFinal && !done,
    error
  })
}

const readBody = (
  api: ProviderApi,
  operation: Operation,
  parts: ReadonlyArray<Uint8Array>,
  content: boolean
): ReadResponse => {
  const [only] = parts
  const whole = only !== undefined && parts.length === 1 ? objectOf(parseJson(only)) : undefined
  return answer(api, operation, whole ?? readCutBody(parts), {
    content: content && whole !== undefined,
    streamed: false,
    done: whole !== undefined,
    usagePartial: false,
    error: whole === undefined ? undefined : errorOf(whole)
  })
}

const errorOf = (json: JsonObject): ResponseFacts["error"] => {
  const error = streamError(json)
  return error === undefined ? undefined : { type: error.type.toWellFormed(), message: error.message.toWellFormed() }
}

interface Seen {
  readonly content: boolean
  readonly streamed: boolean
  readonly done: boolean
  readonly usagePartial: boolean
  readonly error: ResponseFacts["error"]
}

const answer = (api: ProviderApi, operation: Operation, body: JsonObject, seen: Seen): ReadResponse => {
  const read =
    api === "openai" ? readOpenAiAnswer(body, operation, seen.content) : readAnthropicAnswer(body, seen.content)
  const facts: Mutable<ResponseFacts> = { ...read.facts, done: seen.done }
  if (facts.usage !== undefined && seen.usagePartial) facts.usagePartial = true
  if (seen.error !== undefined) facts.error = seen.error
  if (!seen.content) return { facts }
  const content: Mutable<ResponseContent> = {}
  if (read.outputMessages.length > 0) content.outputMessages = read.outputMessages
  if (seen.streamed) content.assembled = body
  return { facts, content }
}

import type { Mutable } from "effect/Types"
import { AnthropicAssembly } from "./AnthropicAssembly.ts"
import type { Dialect, Operation } from "./Api.ts"
import { isJsonObject, type JsonObject } from "./Api.ts"
import { type Answer, readAnthropicAnswer, readOpenAiAnswer } from "./answerFacts.ts"
import { lastUsage, readCutBody } from "./cutBody.ts"
import type { ErrorDetail } from "./errorEnvelope.ts"
import type { ResponseContent, ResponseFacts } from "./Facts.ts"
import { objectOf, parseJson } from "./json.ts"
import { OpenAiAssembly } from "./OpenAiAssembly.ts"
import { streamError } from "./providerError.ts"
import { ResponsesAssembly } from "./responses/ResponsesAssembly.ts"
import { readResponsesAnswer } from "./responses/responsesAnswer.ts"
import { responsesError } from "./responses/responsesError.ts"
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
 * anew from the start of each part and an event that lies across a gap is lost. Where `missing` says how many bytes, the
 * content notes it in each text that may have lost some. Total: any bytes give facts.
 */
export const readResponse = (
  api: Dialect,
  operation: Operation,
  streamed: boolean,
  parts: ReadonlyArray<Uint8Array>,
  content: boolean,
  missing?: number
): ReadResponse =>
  streamed ? readStream(api, operation, parts, content, missing) : readBody(api, operation, parts, content)

const readStream = (
  api: Dialect,
  operation: Operation,
  parts: ReadonlyArray<Uint8Array>,
  content: boolean,
  missing: number | undefined
): ReadResponse => {
  const assembly = assemblyOf(api, operation, content)
  let events = 0
  let error: ResponseFacts["error"]
  const onEvent = ({ data, event: name }: SseEvent): void => {
    events++
    if (data.trim() === "[DONE]") {
      assembly.finish()
      return
    }
    const event = parseJson(data)
    if (!isJsonObject(event)) return
    error ??= wellFormed(api === "responses" ? responsesError(event, name) : streamError(event, name))
    assembly.add(event, name)
  }
  for (const [index, part] of parts.entries()) {
    if (index > 0 && missing !== undefined) assembly.gap(bytesCut(missing))
    const parser = new SseParser(onEvent)
    parser.push(part)
    // Some providers leave out the blank line behind the last event.
    if (index === parts.length - 1 && events > 0 && !assembly.done) parser.push(LINE_END)
  }
  // A provider may answer a request for a stream with one body, most often an error.
  if (events === 0) return readBody(api, operation, parts, content)
  const tail = parts.length > 1 ? parts.at(-1) : undefined
  if (tail !== undefined && !assembly.done) assembly.recover?.(lastUsage(tail))
  const done = assembly.done && (error === undefined || api === "responses")
  return answer(api, operation, assembly.body(done), {
    content,
    streamed: true,
    done,
    usagePartial: !assembly.usageIsFinal && !done,
    error
  })
}

const readBody = (
  api: Dialect,
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
    error: whole === undefined ? undefined : wellFormed(streamError(whole))
  })
}

const LINE_END = Buffer.from("\n\n")

/** Stands where bytes of an answer are missing. The masks know it: secrets are cut in two there. */
export const bytesCut = (missing: number): string => `… [${missing} bytes cut] …`

const wellFormed = (error: ErrorDetail | undefined): ResponseFacts["error"] =>
  error === undefined ? undefined : { type: error.type.toWellFormed(), message: error.message.toWellFormed() }

/** Puts a stream's events together to the body that would have come without streaming. */
interface Assembly {
  readonly add: (event: JsonObject, name: string) => void
  /** Events may be missing between those before and those after. */
  readonly gap: (note: string) => void
  /** `[DONE]` was seen. */
  readonly finish: () => void
  readonly done: boolean
  readonly usageIsFinal: boolean
  readonly body: (done: boolean) => JsonObject
  /** Takes what is left of a final event whose start lies in a gap. */
  readonly recover?: (usage: JsonObject | undefined) => void
}

const assemblyOf = (api: Dialect, operation: Operation, content: boolean): Assembly => {
  switch (api) {
    case "openai":
      return new OpenAiAssembly(operation, content)
    case "anthropic":
      return new AnthropicAssembly(content)
    case "responses":
      return new ResponsesAssembly()
  }
}

const readAnswer = (api: Dialect, operation: Operation, body: JsonObject, content: boolean): Answer => {
  switch (api) {
    case "openai":
      return readOpenAiAnswer(body, operation, content)
    case "anthropic":
      return readAnthropicAnswer(body, content)
    case "responses":
      return readResponsesAnswer(body, content)
  }
}

interface Seen {
  readonly content: boolean
  readonly streamed: boolean
  readonly done: boolean
  readonly usagePartial: boolean
  readonly error: ResponseFacts["error"]
}

const answer = (api: Dialect, operation: Operation, body: JsonObject, seen: Seen): ReadResponse => {
  const read = readAnswer(api, operation, body, seen.content)
  const facts: Mutable<ResponseFacts> = { ...read.facts, done: seen.done }
  if (facts.usage !== undefined && seen.usagePartial) facts.usagePartial = true
  if (seen.error !== undefined) facts.error = seen.error
  if (!seen.content) return { facts }
  const content: Mutable<ResponseContent> = {}
  if (read.outputMessages.length > 0) content.outputMessages = read.outputMessages
  if (seen.streamed) content.assembled = body
  return { facts, content }
}

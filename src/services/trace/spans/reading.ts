import { dialectOf, isJsonObject, type JsonObject, operationOf } from "../../provider/Api.ts"
import type { RequestContent, RequestFacts, ResponseContent, ResponseFacts } from "../../provider/Facts.ts"
import { readRequestContent } from "../../provider/requestContent.ts"
import { readRequestFacts } from "../../provider/requestFacts.ts"
import { bytesCut, readResponse } from "../../provider/responseFacts.ts"
import type { TraceEvent } from "../TraceEvent.ts"
import { wellFormedJson } from "./wellFormedJson.ts"

/** What an event's bodies say. Content is there with `capture: full` only. */
export interface Reading {
  readonly requestFacts: RequestFacts
  readonly responseFacts: ResponseFacts | undefined
  readonly requestContent: RequestContent
  readonly responseContent: ResponseContent
  /** The request body as text. */
  readonly input: string | undefined
  /** The answer as text; a streamed one put together where that was possible. */
  readonly output: string | undefined
}

/**
 * Reads an event's bodies, once for all its spans. Total: bytes that are cut, not UTF-8 or not JSON give what can be
 * said of them. Facts that the gateway read itself come first, since it saw the whole of a body that was cut.
 */
export const read = (event: TraceEvent): Reading => {
  const { header } = event
  const full = header.capture === "full"
  const input = full ? decode(event.request) : undefined
  const json = input === undefined || header.api === undefined ? undefined : parseObject(input)
  const response = full ? readAnswer(event) : undefined
  return {
    requestFacts:
      header.requestFacts ?? readSafely(() => json && header.api && readRequestFacts(header.api, json)) ?? {},
    responseFacts: header.responseFacts ?? response?.facts,
    requestContent: readSafely(() => json && header.api && readRequestContent(header.api, json)) ?? {},
    responseContent: response?.content ?? {},
    input,
    output: full ? (assembled(response?.content) ?? answerText(event)) : undefined
  }
}

/** The answer of the last attempt, unless it is an error body, which has no facts. */
const readAnswer = (event: TraceEvent) => {
  const { header, response } = event
  const attempt = header.attempts.at(-1)
  if (attempt === undefined || response.length === 0 || header.api === undefined) return undefined
  if (attempt.status !== undefined && attempt.status >= 400) return undefined
  const operation = operationOf(header.api)
  const dialect = dialectOf(header.api, attempt.api)
  const streamed = header.stream !== undefined
  return readSafely(() => readResponse(dialect, operation, streamed, answerParts(event), true, missing(event)))
}

/** The captured answer as runs without a hole: its head, and its end when the middle was left out. */
const answerParts = ({ header, response }: TraceEvent): ReadonlyArray<Uint8Array> =>
  header.responseTailAt === undefined
    ? [response]
    : [response.subarray(0, header.responseTailAt), response.subarray(header.responseTailAt)]

const missing = ({ header, response }: TraceEvent): number =>
  Math.max(0, (header.responseBytes ?? response.length) - response.length)

const answerText = (event: TraceEvent): string | undefined => {
  const { header, response } = event
  if (header.responseTailAt === undefined) return decode(response)
  return answerParts(event)
    .map((part) => decode(part) ?? "")
    .join(bytesCut(missing(event)))
}

const assembled = (content: ResponseContent | undefined): string | undefined =>
  content?.assembled === undefined ? undefined : wellFormedJson(JSON.stringify(content.assembled))

// A byte order mark is kept: the text stands for the bytes.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

const decode = (bytes: Uint8Array): string | undefined => (bytes.length === 0 ? undefined : decoder.decode(bytes))

const parseObject = (text: string): JsonObject | undefined => {
  const value = readSafely((): unknown => JSON.parse(text))
  return isJsonObject(value) ? value : undefined
}

// A body that a reader breaks on costs the trace what the body says, not its spans.
const readSafely = <A>(f: () => A): A | undefined => {
  try {
    return f()
  } catch {
    return undefined
  }
}

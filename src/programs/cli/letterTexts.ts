import * as Result from "effect/Result"
import type { DeadLetter, DeadLetterSummary } from "../../services/export/DeadLetters.ts"
import { decodeFrame } from "../../services/trace/frame.ts"
import type { TraceHeader } from "../../services/trace/TraceEvent.ts"
import { cut, printable, table, timeOf } from "./tables.ts"

/** Of an answer in a table. */
const ANSWER_WIDTH = 60

const HEAD = ["ID", "REFUSED", "TIMES", "DESTINATION", "TRACE", "SPANS", "BYTES", "REASON", "ANSWER"]

/** One line for each letter, under a line of headings. */
export const letterTable = (letters: ReadonlyArray<DeadLetterSummary>): string => {
  const rows = letters.map((letter) => [
    String(letter.id),
    timeOf(letter.refusedAt),
    String(letter.refusals),
    letter.destination,
    letter.traceId,
    String(letter.spans),
    String(letter.bytes),
    letter.replayRequested ? `${letter.reason} (to be replayed)` : letter.reason,
    cut(printable(letter.answer ?? ""), ANSWER_WIDTH)
  ])
  return table(HEAD, rows)
}

/** A letter for people: where it was to go, why it did not, and which request it is of. */
export const letterPage = (letter: DeadLetter): string => {
  const lines: ReadonlyArray<readonly [string, string]> = [
    ["destination", letter.destination],
    ["trace", letter.traceId],
    ["root span", letter.rootSpanId],
    ["reason", letter.reason],
    ["answer", printable(letter.answer ?? "none")],
    ["refused", `${timeOf(letter.refusedAt)}, ${letter.refusals === 1 ? "once" : `${letter.refusals} times so far`}`],
    ["replay", letter.replayRequested ? "requested" : "not requested"],
    ["spans", String(letter.spans)],
    ["size", `${letter.bytes} bytes`],
    ["request", requestLine(letter)]
  ]
  return [`Dead letter ${letter.id}`, ...lines.map(([name, text]) => `  ${name.padEnd(12)}${text}`)].join("\n")
}

/** All there is of a letter; bodies as text. */
export const letterJson = ({ frame, ...letter }: DeadLetter): string => {
  const event = eventOf(frame)
  const decoder = new TextDecoder()
  return JSON.stringify(
    {
      ...summaryJson(letter),
      spanIds: letter.spanIds,
      ...(event === undefined
        ? {}
        : {
            event: {
              header: event.header,
              request: decoder.decode(event.request),
              response: decoder.decode(event.response)
            }
          })
    },
    null,
    2
  )
}

export const summaryJson = (letter: DeadLetterSummary) => ({ ...letter, refusedAt: timeOf(letter.refusedAt) })

const eventOf = (frame: Uint8Array) => {
  const decoded = decodeFrame(frame)
  return Result.isSuccess(decoded) ? decoded.success[0] : undefined
}

const requestLine = ({ frame }: DeadLetter): string => {
  const event = eventOf(frame)
  return event === undefined ? "cannot be read" : printable(requestOf(event.header))
}

const requestOf = ({ capture, method, path, requestedModel, start, status, wallBase }: TraceHeader): string =>
  [
    `${method} ${path} at ${timeOf(wallBase + start)}`,
    ...(status === undefined ? [] : [`status ${status}`]),
    ...(requestedModel === undefined ? [] : [`model ${requestedModel}`]),
    ...(capture === "metadata" ? ["without content"] : [])
  ].join(", ")

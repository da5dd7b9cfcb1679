import type { ServerResponse } from "node:http"
import { setImmediate as nextTurn } from "node:timers/promises"
import { pause } from "../pause.ts"
import type { AnswerStyle } from "./AnswerStyle.ts"
import type { Frame } from "./Dialect.ts"
import type { ParsedFault } from "./Fault.ts"
import type { RecordedRequest } from "./RequestLog.ts"
import { reset } from "./reset.ts"
import { split } from "./split.ts"

export interface StreamedAnswer {
  readonly frames: ReadonlyArray<Frame>
  /** What an error inside the stream looks like. */
  readonly errorFrames: ReadonlyArray<Frame>
  readonly headers: { readonly [name: string]: string }
  readonly style: AnswerStyle
}

const GARBAGE = Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28, 0xf0, 0x9f, 0x0d, 0x80, 0x0a, 0x0a])
const BROKEN_JSON = '{"id":"cut","choices":[{"delta":{"content":'

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      response.off("drain", end)
      response.off("close", end)
      resolve()
    }
    response.on("drain", end)
    response.on("close", end)
  })

const encode = (frame: Frame, eol: string): string =>
  frame.event === undefined
    ? `data: ${frame.data}${eol}${eol}`
    : `event: ${frame.event}${eol}data: ${frame.data}${eol}${eol}`

/** Frames one after the other at the style's pace, and the fault where it belongs. Ends early when the client has left. */
export const sendFrames = async (
  response: ServerResponse,
  record: RecordedRequest,
  { frames, errorFrames, headers, style }: StreamedAnswer,
  fault: ParsedFault | undefined
): Promise<void> => {
  const eol = fault?.name === "crlf" ? "\r\n" : "\n"
  const write = async (data: Uint8Array | string): Promise<void> => {
    const pieces = split(Buffer.from(data), fault)
    for (const piece of pieces) {
      if (response.destroyed) return
      if (!response.write(piece)) await drained(response)
      // node:http makes one chunk of what is written in one turn.
      if (pieces.length > 1) await nextTurn()
    }
  }

  /** What the fault does between two frames; true when the answer is over with it. */
  const strike = async (name: ParsedFault["name"]): Promise<boolean> => {
    switch (name) {
      case "reset-mid-body":
        record.breaksOff = true
        response.flushHeaders()
        // node:http hands over what was written once the turn is over; the callback comes when it has left.
        await nextTurn()
        response.socket?.write("", () => reset(response, record))
        return true
      case "hang-mid-body":
        response.flushHeaders()
        return true
      case "end-mid-body":
        record.breaksOff = true
        response.end()
        return true
      case "error-event":
        for (const frame of errorFrames) await write(encode(frame, eol))
        response.end()
        return true
      case "bad-json-event":
        await write(`data: ${BROKEN_JSON}${eol}${eol}`)
        return false
      case "garbage":
        await write(GARBAGE)
        return false
      default:
        return false
    }
  }

  response.writeHead(200, {
    "content-type": fault?.name === "wrong-content-type" ? "text/plain" : "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    ...headers
  })
  if (fault?.name === "slow-first-token") {
    response.flushHeaders()
    await pause(fault.amount, response)
  }
  let struck = fault === undefined
  for (const frame of frames) {
    if (!struck && fault !== undefined && record.tokensSent >= fault.amount) {
      struck = true
      if (await strike(fault.name)) return
    }
    if (frame.token && style.tokenMs > 0 && record.tokensSent > 0) await pause(style.tokenMs, response)
    if (response.destroyed) return
    if (frame.token && fault?.name === "comments") await write(`: keep-alive${eol}${eol}`)
    await write(encode(frame, eol))
    if (frame.token) record.sentToken()
  }
  response.end()
}

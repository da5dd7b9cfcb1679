import type { ServerResponse } from "node:http"
import { setImmediate as nextTurn } from "node:timers/promises"
import { pause } from "../pause.ts"
import type { AnswerStyle } from "./AnswerStyle.ts"
import type { Dialect, Frame } from "./Dialect.ts"
import type { ParsedFault } from "./Fault.ts"
import type { RecordedRequest } from "./RequestLog.ts"

const GARBAGE = Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28, 0xf0, 0x9f, 0x0d, 0x80, 0x0a, 0x0a])

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

/** Ends the connection with a reset, as a crashed provider does. */
export const reset = (response: ServerResponse, record: RecordedRequest): void => {
  record.breaksOff = true
  response.socket?.resetAndDestroy()
}

/** A whole body, or its first half when the fault breaks it off. */
export const sendWhole = (
  response: ServerResponse,
  record: RecordedRequest,
  status: number,
  contentType: string,
  body: string,
  fault: ParsedFault | undefined,
  headers: { readonly [name: string]: string }
): void => {
  const length = Buffer.byteLength(body)
  response.writeHead(status, { "content-type": contentType, "content-length": length, ...headers })
  switch (fault?.name) {
    case "reset-mid-body":
    case "hang-mid-body":
    case "end-mid-body": {
      record.breaksOff = fault.name !== "hang-mid-body"
      response.write(Buffer.from(body).subarray(0, length >> 1), () => {
        if (fault.name === "reset-mid-body") reset(response, record)
        else if (fault.name === "end-mid-body") response.socket?.end()
      })
      return
    }
    default:
      response.end(body)
  }
}

const encode = (frame: Frame, eol: string): string =>
  frame.event === undefined
    ? `data: ${frame.data}${eol}${eol}`
    : `event: ${frame.event}${eol}data: ${frame.data}${eol}${eol}`

/** Where a chunk is cut again: at every byte, inside every character of several bytes, or not at all. */
const split = (bytes: Uint8Array, fault: ParsedFault | undefined): ReadonlyArray<Uint8Array> => {
  const everyByte = fault?.name === "split-bytes"
  if (!everyByte && fault?.name !== "split-utf8") return [bytes]
  const pieces: Array<Uint8Array> = []
  let start = 0
  for (let i = 1; i < bytes.length; i++) {
    const continuation = ((bytes[i] ?? 0) & 0xc0) === 0x80
    if (!everyByte && !continuation) continue
    pieces.push(bytes.subarray(start, i))
    start = i
  }
  pieces.push(bytes.subarray(start))
  return pieces
}

/** Frames one after the other at the style's pace, and the fault where it belongs. Ends early when the client has left. */
export const sendFrames = async (
  response: ServerResponse,
  record: RecordedRequest,
  frames: ReadonlyArray<Frame>,
  style: AnswerStyle,
  dialect: Dialect,
  fault: ParsedFault | undefined,
  headers: { readonly [name: string]: string }
): Promise<void> => {
  const eol = fault?.name === "crlf" ? "\r\n" : "\n"
  const write = async (bytes: Uint8Array): Promise<void> => {
    const pieces = split(bytes, fault)
    for (const piece of pieces) {
      if (response.destroyed) return
      if (!response.write(piece)) await drained(response)
      // node:http makes one chunk of what is written in one turn.
      if (pieces.length > 1) await nextTurn()
    }
  }
  const writeText = (text: string) => write(Buffer.from(text))

  response.writeHead(200, {
    "content-type": fault?.name === "wrong-content-type" ? "text/plain" : "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    ...headers
  })
  if (fault?.name === "slow-first-token") {
    response.flushHeaders()
    await pause(fault.amount, response)
  }
  let struck = false
  for (const frame of frames) {
    if (response.destroyed) return
    if (fault !== undefined && !struck && record.tokensSent >= fault.amount) {
      struck = true
      switch (fault.name) {
        case "reset-mid-body": {
          record.breaksOff = true
          // An empty chunk's callback comes once everything before it has left the process.
          response.flushHeaders()
          response.socket?.write("", () => reset(response, record))
          return
        }
        case "hang-mid-body": {
          response.flushHeaders()
          return
        }
        case "end-mid-body": {
          record.breaksOff = true
          response.end()
          return
        }
        case "error-event": {
          for (const error of dialect.errorFrames) await writeText(encode(error, eol))
          response.end()
          return
        }
        case "bad-json-event": {
          await writeText(`data: {"id":"cut","choices":[{"delta":{"content":${eol}${eol}`)
          break
        }
        case "garbage": {
          await write(GARBAGE)
          break
        }
      }
    }
    if (frame.token && style.tokenMs > 0 && record.tokensSent > 0) await pause(style.tokenMs, response)
    if (response.destroyed) return
    if (frame.token && fault?.name === "comments") await writeText(`: keep-alive${eol}${eol}`)
    await writeText(encode(frame, eol))
    if (frame.token) record.sentToken()
  }
  response.end()
}

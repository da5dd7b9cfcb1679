import { objectOf, parseJson, textOf } from "../json.ts"
import { keyIs, scanObject } from "../jsonScanner.ts"
import { frameData } from "../sse.ts"

const OPEN_BRACE = 123
const SPACE = 32
const DATA = [100, 97, 116, 97, 58] // data:
const EVENT = Buffer.from("event:")

const decoder = new TextDecoder()

/** `response.created`… of an event: its own `type`, or the name it was sent under. */
export const eventType = (event: { readonly [key: string]: unknown }, name: string): string =>
  textOf(event["type"]) ?? name

/**
 * The same of a frame that nobody has parsed; `ended` where it is a whole one and no first piece, which is judged by what
 * it has. The frames that open and close a stream hold the whole request and the whole answer, so they are not parsed for
 * the sake of one word. Undefined where the data is no JSON object.
 */
export const frameType = (frame: Uint8Array, ended: boolean): string | undefined => {
  const open = frame.indexOf(OPEN_BRACE)
  let type: unknown
  const end =
    open === -1 || !isData(frame, open)
      ? -1
      : scanObject(frame, open, (keyStart, keyEnd, valueStart, valueEnd) => {
          if (keyIs(frame, keyStart, keyEnd, "type")) type = parseJson(frame.subarray(valueStart, valueEnd))
        })
  if (end !== -1 || !ended) return textOf(type) ?? frameName(frame)
  // An object may stand on several lines, which only a parser puts together.
  const event = objectOf(parseJson(frameData(frame) ?? ""))
  return event === undefined ? undefined : (textOf(event["type"]) ?? frameName(frame))
}

const isData = (frame: Uint8Array, open: number): boolean => {
  const end = frame[open - 1] === SPACE ? open - 1 : open
  return DATA.every((byte, i) => frame[end - DATA.length + i] === byte)
}

const frameName = (frame: Uint8Array): string | undefined => {
  if (!EVENT.every((byte, i) => frame[i] === byte)) return undefined
  const line = decoder.decode(frame.subarray(EVENT.length, EVENT.length + 64))
  return textOf(/^[^\r\n]*/.exec(line)?.[0].trim())
}

import { put, type SpanAttributes } from "../attributes.ts"
import type { Reading } from "./reading.ts"
import { wellFormedJson } from "./wellFormedJson.ts"

const SHORT_HAND = 100

/** The bodies as text, for the spans that carry content. */
export const putText = (attributes: SpanAttributes, reading: Reading): void => {
  putInput(attributes, reading)
  put(attributes, "tfy.output", reading.output)
}

export const putInput = (attributes: SpanAttributes, { input, requestContent }: Reading): void => {
  put(attributes, "tfy.input", input)
  put(attributes, "tfy.input_short_hand", requestContent.lastUserText && firstCharacters(requestContent.lastUserText))
}

/** A list of messages, instructions or tools, as the JSON that the GenAI conventions allow on spans. */
export const json = (list: ReadonlyArray<unknown> | undefined): string | undefined =>
  list === undefined || list.length === 0 ? undefined : wellFormedJson(JSON.stringify(list))

/** The first 100 UTF-16 units, or 99 where the last would be half a character. */
const firstCharacters = (text: string): string => {
  if (text.length <= SHORT_HAND) return text
  const last = text.charCodeAt(SHORT_HAND - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? SHORT_HAND - 1 : SHORT_HAND)
}

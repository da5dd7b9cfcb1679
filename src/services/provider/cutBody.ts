import type { JsonObject } from "./Api.ts"
import { objectOf, parseJson } from "./json.ts"
import { keyIs, scanObject, skipSpace, skipValue } from "./jsonScanner.ts"
import { view } from "./streamWatch.ts"

const HEAD_MEMBERS = ["id", "model", "service_tier", "system_fingerprint", "usage", "stop_reason", "type"]
const TAIL_MEMBERS = ["usage", "model"]

/**
 * What can still be read of a JSON body that was cut: the members that stand whole at its start, and the usage and model
 * near its end, where OpenAI writes them behind megabytes of vectors.
 */
export const readCutBody = (parts: ReadonlyArray<Uint8Array>): JsonObject => {
  const read: { [key: string]: unknown } = {}
  const [head] = parts
  const tail = parts[parts.length - 1]
  if (tail !== undefined) {
    for (const member of TAIL_MEMBERS) {
      const value = lastMember(tail, member)
      if (value !== undefined) read[member] = value
    }
  }
  if (head !== undefined && head[skipSpace(head, 0)] === 123) {
    scanObject(head, skipSpace(head, 0), (keyStart, keyEnd, valueStart, valueEnd) => {
      const member = HEAD_MEMBERS.find((name) => keyIs(head, keyStart, keyEnd, name))
      if (member !== undefined) read[member] = parseJson(head.subarray(valueStart, valueEnd))
    })
  }
  return read
}

/** The usage of a stream's final event, whose start was cut off; an event before it says `null`, if anything. */
export const lastUsage = (tail: Uint8Array): JsonObject | undefined => objectOf(lastMember(tail, "usage"))

/** The last member of this name that stands whole; text of the answer cannot look like one, its quotes are escaped. */
const lastMember = (bytes: Uint8Array, name: string): unknown => {
  const key = `"${name}"`
  const buffer = view(bytes)
  for (let at = buffer.lastIndexOf(key); at > 0; at = buffer.lastIndexOf(key, at - 1)) {
    const colon = skipSpace(bytes, at + key.length)
    if (bytes[colon] !== 58) continue
    const start = skipSpace(bytes, colon + 1)
    const end = skipValue(bytes, start)
    const value = end === -1 ? undefined : parseJson(bytes.subarray(start, end))
    if (name === "usage" ? objectOf(value) !== undefined : typeof value === "string") return value
  }
  return undefined
}

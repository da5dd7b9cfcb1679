import * as Redacted from "effect/Redacted"
import type { Destination } from "../../services/config/CompiledConfig.ts"

const MIN_WORD_LENGTH = 8

/**
 * Takes the values of the destination's headers and of its endpoint's query, and the longer words in them, out of a
 * text: a server may quote the key it refuses, and what it says goes to logs and to the dashboard. However JSON or a
 * URL escapes them, they are found.
 */
export const secretScrubber = (destination: Destination): ((text: string) => string) => {
  const values = [...Object.values(destination.headers).map(Redacted.value), ...queryValues(destination.endpoint)]
  const words = values.flatMap((value) => value.split(/\s+/)).filter((word) => word.length >= MIN_WORD_LENGTH)
  // The longest first, so that a value goes whole before its words do.
  const secrets = [...new Set([...values, ...words])]
    .filter((secret) => secret !== "")
    .sort((a, b) => b.length - a.length)
    .map(escapedOrNot)
  return (text) => secrets.reduce((clean, secret) => clean.replace(secret, "[redacted]"), text)
}

const queryValues = (endpoint: string): ReadonlyArray<string> =>
  URL.canParse(endpoint) ? [...new URL(endpoint).searchParams.values()] : []

/** Each character as it is, or in any of its escapes: some servers escape what they need not. */
const escapedOrNot = (secret: string): RegExp => new RegExp([...secret].map(formsOf).join(""), "g")

// JSON within JSON doubles the backslashes; bounded, so that a text full of them costs no more than its length.
const BACKSLASHES = String.raw`\\{1,8}`

const formsOf = (character: string): string => {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  const unicode = units.map((unit) => `${BACKSLASHES}u${anyCase(unit.toString(16).padStart(4, "0"))}`).join("")
  const percent = [...Buffer.from(character)].map((byte) => `%${anyCase(byte.toString(16).padStart(2, "0"))}`).join("")
  const forms = [literally(character), unicode, percent]
  const json = JSON.stringify(character).slice(1, -1)
  if (character === "\\") forms.push(BACKSLASHES)
  else if (character === "/" || json.startsWith("\\")) forms.push(BACKSLASHES + literally(json.slice(-1)))
  if (character === " ") forms.push(String.raw`\+`)
  return `(?:${forms.join("|")})`
}

const literally = (text: string): string => RegExp.escape(text)

const anyCase = (hex: string): string => hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)

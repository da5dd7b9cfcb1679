/**
 * What shows nothing, looks like another space, or turns the text around it: controls, format and bidirectional
 * characters, zero-width ones, variation selectors, fillers, half a surrogate pair, and every space but the plain one.
 */
const UNSEEN = /((?! )[\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\u2800])/gu

/** Letters of scripts that run from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

export interface NamePart {
  readonly text: string
  /** `U+202E`: stands for a character that would not be seen. */
  readonly isCode: boolean
}

/** A name in pieces that all can be seen, in its order; none is empty. */
export const nameParts = (name: string): ReadonlyArray<NamePart> =>
  name
    .split(UNSEEN)
    .map((text, index) => (index % 2 === 1 ? { text: codeOf(text), isCode: true } : { text, isCode: false }))
    .filter(({ text }) => text !== "")

/**
 * A name where only text can stand: titles, labels, options, sentences. What would not be seen is `[U+202E]`, and a name
 * that runs from right to left is isolated, so that it moves nothing beside it. Elsewhere `Name` shows it.
 */
export const formatName = (name: string): string => {
  const seen = withCodes(name)
  return RIGHT_TO_LEFT.test(seen) ? `\u2068${seen}\u2069` : seen
}

/** A sentence of the API's, which may quote names. */
export const formatMessage = (message: string): string => withCodes(message.replace(/[\t\r\n ]+/g, " "))

const withCodes = (text: string): string => text.replace(UNSEEN, (character) => `[${codeOf(character)}]`)

const codeOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`

/** As the capture of bodies notes a cut in a text, and the export one in an attribute. */
const CUT = /… \[\d+ (?:characters|bytes) cut\](?: …)?/g

/** Stands where a word was dropped, so that the same text seen again loses no other. */
const DROPPED = "[cut]"

/** Of what a longer word has further away from the cut a mask sees enough; a text without spaces keeps most of itself. */
const LONGEST_WORD = 1024

const NEXT_WORD = /\S{0,1024}(?:[\s\d.-]*[\s\d])?/y

const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----/
const KEY_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----/
/** No private key in PEM is longer. */
const LONGEST_KEY = 16_384

/**
 * A text without what a cut may have left of a secret, which no mask recognizes any more: the word before each note of a
 * cut, and digits before it; where the text goes on after the note, the word after it, and digits after that.
 */
export const withoutCutWords = (text: string): string => {
  if (!text.includes(" cut]")) return text
  let out = ""
  let from = 0
  for (const { 0: note, index } of text.matchAll(CUT)) {
    // Words of the caller's own may look like a note inside of what is dropped.
    if (index < from) continue
    const before = text.slice(from, index)
    // Its mask goes on to the key's end, over the note.
    if (isInKey(before)) {
      out += before + note
      from = index + note.length
      continue
    }
    const kept = before.endsWith(DROPPED) ? before : withoutLastWord(before)
    out += kept + (kept === before ? "" : DROPPED) + note
    from = index + note.length
    if (!note.endsWith("…") || text.startsWith(DROPPED, from)) continue
    const next = afterNextWord(text, from)
    if (next > from) out += DROPPED
    from = next
  }
  return from === 0 ? text : out + text.slice(from)
}

/** Without the last word, and the groups of digits before it, which may be of the same number. */
export const withoutLastWord = (text: string): string => {
  let end = text.length
  const shortest = Math.max(0, end - LONGEST_WORD)
  while (end > shortest && !/\s/.test(text.charAt(end - 1))) end--
  const word = end
  while (end > 0 && /[\s\d.-]/.test(text.charAt(end - 1))) end--
  // Those of a word before it.
  while (end < word && /[.-]/.test(text.charAt(end))) end++
  return text.slice(0, isHigh(text.charCodeAt(end - 1)) ? end - 1 : end)
}

const afterNextWord = (text: string, from: number): number => {
  const rest = text.slice(from, from + LONGEST_KEY)
  const keyEnd = KEY_END.exec(rest)
  // Of a key that began in the hole.
  const endsHere = keyEnd !== null && !KEY_BEGIN.test(rest.slice(0, keyEnd.index))
  NEXT_WORD.lastIndex = endsHere ? from + keyEnd.index + keyEnd[0].length : from
  NEXT_WORD.test(text)
  const next = NEXT_WORD.lastIndex
  return isHigh(text.charCodeAt(next - 1)) ? next + 1 : next
}

const isInKey = (text: string): boolean => {
  const begin = text.lastIndexOf("-----BEGIN ")
  if (begin === -1) return false
  const key = text.slice(begin)
  return KEY_BEGIN.test(key) && !KEY_END.test(key)
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff

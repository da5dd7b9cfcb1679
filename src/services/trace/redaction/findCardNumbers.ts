import type { FindAndReplace } from "./findSecrets.ts"

/**
 * 13 to 19 digits in one, or in three to five groups of the usual lengths with one kind of separator.
 * Not the digits behind a decimal point: vectors are full of them.
 */
const CANDIDATE = /(?<!\d|\d\.)(?:\d{13,19}|\d{4}([ .\u00a0-])\d{3,7}(?:\1\d{3,7}){1,3})(?!\d)/g

const GROUP = 4

/**
 * Payment card numbers (ISO/IEC 7812): of a length that there is, of an industry that issues cards (2 to 6), and with
 * the right check digit. One other number in twenty of that length passes for one.
 */
export const findCardNumbers: FindAndReplace = (text, replace) => {
  let out = ""
  let copied = 0
  CANDIDATE.lastIndex = 0
  for (let found = CANDIDATE.exec(text); found !== null; found = CANDIDATE.exec(text)) {
    const card = cardAtStart(found[0], found[1])
    if (card === undefined) {
      // One may begin with the next group.
      CANDIDATE.lastIndex = found.index + GROUP
      continue
    }
    out += text.slice(copied, found.index) + replace(card)
    copied = CANDIDATE.lastIndex = found.index + card.length
  }
  return copied === 0 ? text : out + text.slice(copied)
}

/** The groups may be more than the card's. */
const cardAtStart = (groups: string, separator: string | undefined): string | undefined => {
  for (let card = groups; card.length >= 13; ) {
    if (isCardNumber(card)) return card
    const end = separator === undefined ? -1 : card.lastIndexOf(separator)
    if (end === -1) return undefined
    card = card.slice(0, end)
  }
  return undefined
}

const isCardNumber = (text: string): boolean => {
  const digits = text.replace(/\D/g, "")
  return digits.length >= 13 && digits.length <= 19 && /^[2-6]/.test(digits) && luhnSum(digits) % 10 === 0
}

const luhnSum = (digits: string): number => {
  let sum = 0
  for (let i = digits.length - 1, double = false; i >= 0; i--, double = !double) {
    const digit = digits.charCodeAt(i) - 48
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit
  }
  return sum
}

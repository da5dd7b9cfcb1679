/** As `searchTerms` sees words. */
const WORD = /[\p{L}\p{N}\p{M}]+/gu

/** The different words of a text, in small letters. */
export const wordsOf = (text: string): ReadonlyArray<string> => [...new Set(text.toLowerCase().match(WORD) ?? [])]

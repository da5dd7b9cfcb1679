/** Runs of letters, digits and marks, as `searchTerms` has them. */
const WORD = /[\p{L}\p{N}\p{M}]/u
/** A number for each, all 32 bits of it equally likely: FNV-1a over UTF-16, then the end of MurmurHash3. */
const BASIS = 0x811c9dc5
const PRIME = 0x01000193

/** The different hashes of the words of a text, and of labels; in no order, and none is 0. */
export const termHashes = (text: string, labels: Iterable<string>): Int32Array => {
  const hashes: Array<number> = []
  for (const label of labels) hashes.push(hashOf(label))
  addWords(text.toLowerCase(), hashes)
  return distinct(hashes)
}

/** A name and its value as one label, which no word can be. */
export const labelOf = (name: string, value: string): string => `\0${name}\0${value}`

const hashOf = (label: string): number => {
  let hash = BASIS
  for (let at = 0; at < label.length; at++) hash = Math.imul(hash ^ label.charCodeAt(at), PRIME)
  return mixed(hash)
}

const addWords = (lower: string, to: Array<number>): void => {
  let at = 0
  while (at < lower.length) {
    let width = widthAt(lower, at)
    if (width === 0) {
      at += 1
      continue
    }
    let hash = BASIS
    do {
      hash = Math.imul(hash ^ lower.charCodeAt(at), PRIME)
      if (width === 2) hash = Math.imul(hash ^ lower.charCodeAt(at + 1), PRIME)
      at += width
      width = at < lower.length ? widthAt(lower, at) : 0
    } while (width > 0)
    to.push(mixed(hash))
  }
}

/** UTF-16 units of the character of a word that is there; 0 where there is none. */
const widthAt = (text: string, at: number): 0 | 1 | 2 => {
  const unit = text.charCodeAt(at)
  if (inWord[unit] === 1) return 1
  return (unit & 0xfc00) === 0xd800 && WORD.test(text.slice(at, at + 2)) ? 2 : 0
}

/** By UTF-16 unit; a half of a surrogate pair is none. */
const inWord = Uint8Array.from({ length: 0x10000 }, (_, unit) => (WORD.test(String.fromCharCode(unit)) ? 1 : 0))

const mixed = (hash: number): number => {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16) || 1
}

/** A set of its own: a quarter of what `Set` takes for numbers. */
const distinct = (hashes: ReadonlyArray<number>): Int32Array => {
  const slots = 2 ** Math.ceil(Math.log2(2 * hashes.length + 1))
  if (table.length < slots) table = new Int32Array(slots)
  if (kept.length < hashes.length) kept = new Int32Array(slots)
  table.fill(0, 0, slots)
  let count = 0
  for (const hash of hashes) {
    let slot = hash & (slots - 1)
    while (table[slot] !== 0 && table[slot] !== hash) slot = (slot + 1) & (slots - 1)
    if (table[slot] === hash) continue
    table[slot] = hash
    kept[count++] = hash
  }
  return kept.slice(0, count)
}

// Used again and again: fresh ones would cost more than the work in them.
let table = new Int32Array(2048)
let kept = new Int32Array(1024)

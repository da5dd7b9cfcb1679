/** Runs of letters, digits and marks, as `searchTerms` has them. */
const WORD = /[\p{L}\p{N}\p{M}]/u
/** A number for each word, all 32 bits of it equally likely: FNV-1a over UTF-16, then the end of MurmurHash3. */
const BASIS = 0x811c9dc5
const PRIME = 0x01000193

/** The hashes of a text's different words, in no order; none is 0. */
export const wordHashes = (text: string): Uint32Array => {
  const lower = text.toLowerCase()
  const hashes: Array<number> = []
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
    hashes.push(mixed(hash))
  }
  return distinct(hashes)
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
  return (mixed ^ (mixed >>> 16)) >>> 0 || 1
}

/** A set of its own: a third of what `Set` takes for numbers. */
const distinct = (hashes: ReadonlyArray<number>): Uint32Array => {
  const table = new Uint32Array(2 ** Math.ceil(Math.log2(2 * hashes.length + 1)))
  const kept = new Uint32Array(hashes.length)
  let count = 0
  for (const hash of hashes) {
    let slot = hash & (table.length - 1)
    while (table[slot] !== 0 && table[slot] !== hash) slot = (slot + 1) & (table.length - 1)
    if (table[slot] === hash) continue
    table[slot] = hash
    kept[count++] = hash
  }
  return kept.slice(0, count)
}

/** Runs of letters, digits and marks, as `searchTerms` has them. */
const WORD = /[\p{L}\p{N}\p{M}]/u
/** A number for each, all 32 bits of it equally likely: FNV-1a over UTF-16, then the end of MurmurHash3. */
const BASIS = 0x811c9dc5
const PRIME = 0x01000193

/** The different hashes of the words of a text, and of labels; in no order, and none is 0. */
export const termHashes = (text: string, labels: Iterable<string>): Int32Array => {
  found = 0
  for (const label of labels) keep(hashOf(label))
  keepWords(text.toLowerCase())
  return different()
}

/** A name and its value as one label, which no word can be. */
export const labelOf = (name: string, value: string): string => `\0${name}\0${value}`

const hashOf = (label: string): number => {
  let hash = BASIS
  for (let at = 0; at < label.length; at++) hash = Math.imul(hash ^ label.charCodeAt(at), PRIME)
  return mixed(hash)
}

const keepWords = (lower: string): void => {
  let at = 0
  while (at < lower.length) {
    let hash = BASIS
    const begin = at
    while (at < lower.length) {
      const unit = lower.charCodeAt(at)
      if (inWord[unit] === 1) {
        hash = Math.imul(hash ^ unit, PRIME)
        at += 1
      } else if ((unit & 0xfc00) === 0xd800 && WORD.test(lower.slice(at, at + 2))) {
        hash = Math.imul(Math.imul(hash ^ unit, PRIME) ^ lower.charCodeAt(at + 1), PRIME)
        at += 2
      } else break
    }
    if (at > begin) keep(mixed(hash))
    at += 1
  }
}

/** By UTF-16 unit; a half of a surrogate pair is none. */
const inWord = Uint8Array.from({ length: 0x10000 }, (_, unit) => (WORD.test(String.fromCharCode(unit)) ? 1 : 0))

const mixed = (hash: number): number => {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16) || 1
}

// Used again and again: fresh ones would cost more than the work in them.
let hashes = new Int32Array(2048)
let found = 0
let table = new Int32Array(4096)

const keep = (hash: number): void => {
  if (found === hashes.length) {
    const larger = new Int32Array(2 * found)
    larger.set(hashes)
    hashes = larger
  }
  hashes[found++] = hash
}

/** A set of its own: a quarter of what `Set` takes for numbers. */
const different = (): Int32Array => {
  const slots = 2 ** Math.ceil(Math.log2(2 * found + 1))
  if (table.length < slots) table = new Int32Array(slots)
  table.fill(0, 0, slots)
  let count = 0
  for (let at = 0; at < found; at++) {
    const hash = hashes[at] ?? 0
    let slot = hash & (slots - 1)
    while (table[slot] !== 0 && table[slot] !== hash) slot = (slot + 1) & (slots - 1)
    if (table[slot] === hash) continue
    table[slot] = hash
    hashes[count++] = hash
  }
  return hashes.slice(0, count)
}

/*
 * A term is a word of a trace's content, or a label of it. Terms are found in blocks of up to 1024 traces. A term's hash
 * says in which of 512 buckets of a block it is; there it is a posting of 32 bits: 22 of the hash, and the place of the
 * trace in its block. Two terms may have the same 31 bits, so that what is found still has to be looked at.
 *
 * Where an index of SQLite writes a page for every term or two, a block is written in one go, and forgotten in one.
 */

/** Traces of a block, at most. */
export const BLOCK_TRACES = 1024
/** Terms of a block, at most; but for the last of its traces. */
export const BLOCK_TERMS = 262_144
export const BUCKETS = 512

const PLACE_BITS = 10
const REST_MASK = 0x3fffff

export const bucketOf = (hash: number): number => hash >>> 23

/** Every bucket of every block has its row. */
export const bucketKey = (block: number, bucket: number): number => block * BUCKETS + bucket

const restOf = (hash: number): number => (hash >>> 1) & REST_MASK

/** The postings of traces in order of their buckets, with where each bucket begins and, at last, where all end. */
export const postingsOf = (traces: ReadonlyArray<Int32Array>) => {
  const starts = new Uint32Array(BUCKETS + 1)
  for (const hashes of traces) {
    for (const hash of hashes) starts[bucketOf(hash) + 1] = (starts[bucketOf(hash) + 1] ?? 0) + 1
  }
  for (let bucket = 1; bucket <= BUCKETS; bucket++) {
    starts[bucket] = (starts[bucket] ?? 0) + (starts[bucket - 1] ?? 0)
  }
  const ends = starts.slice()
  const postings = new Uint32Array(starts[BUCKETS] ?? 0)
  for (const [place, hashes] of traces.entries()) {
    for (const hash of hashes) {
      const at = ends[bucketOf(hash)] ?? 0
      postings[at] = (restOf(hash) << PLACE_BITS) | place
      ends[bucketOf(hash)] = at + 1
    }
  }
  return { postings, starts }
}

/** The places of the traces that have the term, in order. */
export const placesOf = (postings: Uint32Array, hash: number): ReadonlyArray<number> => {
  const rest = restOf(hash)
  const places: Array<number> = []
  for (const posting of postings) if (posting >>> PLACE_BITS === rest) places.push(posting & (BLOCK_TRACES - 1))
  return places
}

/** Numbers as they are stored: in the byte order of the machine, which is little-endian wherever Node runs. */
export const bytesOf = (numbers: Uint32Array | Int32Array | Float64Array): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)

// Copied, since numbers must lie at multiples of their size.
export const hashesOf = (bytes: Uint8Array): Int32Array => new Int32Array(bytes.slice().buffer)
export const postingsIn = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.slice().buffer)
export const idsOf = (bytes: Uint8Array): Float64Array => new Float64Array(bytes.slice().buffer)

/*
 * A term is a word of a trace's content, or a label of it. Terms are found in blocks of thousands of traces. A term's
 * hash says in which bucket of a block it is; there it is a posting of 32 bits: some of the hash, and the place of the
 * trace in its block. Two terms may have the same bits, so that what is found still has to be looked at.
 *
 * Where an index of SQLite writes a page for every term or two, a block is written in rows of as many buckets as fill a
 * page, and forgotten in one go. A search reads a row of each block.
 */

/** How postings of a block are laid out. */
export interface TermLayout {
  readonly layout: number
  readonly bucketBits: number
  /** Of a posting; the rest of it is of the hash. */
  readonly placeBits: number
}

/** Of new blocks. */
export const LAYOUT: TermLayout = { layout: 1, bucketBits: 11, placeBits: 12 }
/** Of blocks of schema version 2. */
const SMALLER: TermLayout = { layout: 0, bucketBits: 9, placeBits: 10 }

export const layoutOf = (layout: number): TermLayout => (layout === SMALLER.layout ? SMALLER : LAYOUT)

/** Traces of a block, at most. */
export const BLOCK_TRACES = 2 ** LAYOUT.placeBits
/** Terms of a block, at most; but for the last of its traces. */
export const BLOCK_TERMS = 384 * BLOCK_TRACES

export const bucketsOf = ({ bucketBits }: TermLayout): number => 2 ** bucketBits

export const bucketOf = (hash: number, { bucketBits }: TermLayout): number => hash >>> (32 - bucketBits)

/** Names a row by its first bucket. Rows of a layout with more buckets come after all that were before. */
export const bucketKey = (block: number, bucket: number, layout: TermLayout): number =>
  block * bucketsOf(layout) + bucket

/** As many of the hash's other bits as a posting has room for, the highest of them. */
const restOf = (hash: number, { bucketBits, placeBits }: TermLayout): number => (hash << bucketBits) >>> placeBits

/** The postings of traces in order of their buckets, with where each bucket begins and, at last, where all end. */
export const postingsOf = (traces: ReadonlyArray<Int32Array>) => {
  const buckets = bucketsOf(LAYOUT)
  const starts = new Uint32Array(buckets + 1)
  for (const hashes of traces) {
    for (const hash of hashes) {
      const bucket = bucketOf(hash, LAYOUT)
      starts[bucket + 1] = (starts[bucket + 1] ?? 0) + 1
    }
  }
  for (let bucket = 1; bucket <= buckets; bucket++) {
    starts[bucket] = (starts[bucket] ?? 0) + (starts[bucket - 1] ?? 0)
  }
  const ends = starts.slice()
  const postings = new Uint32Array(starts[buckets] ?? 0)
  for (const [place, hashes] of traces.entries()) {
    for (const hash of hashes) {
      const bucket = bucketOf(hash, LAYOUT)
      const at = ends[bucket] ?? 0
      postings[at] = (restOf(hash, LAYOUT) << LAYOUT.placeBits) | place
      ends[bucket] = at + 1
    }
  }
  return { postings, starts }
}

/** Of a row that leaves no room on its page for another. */
const ROW_BYTES = 4000

/** Where rows of whole buckets begin, and at last where the last of them ends. */
export const rowsOf = (starts: Uint32Array): ReadonlyArray<number> => {
  const rows: Array<number> = [0]
  const last = starts.length - 1
  for (let bucket = 1; bucket < last; bucket++) {
    const bytes = ((starts[bucket + 1] ?? 0) - (starts[rows.at(-1) ?? 0] ?? 0)) * Uint32Array.BYTES_PER_ELEMENT
    if (bytes > ROW_BYTES) rows.push(bucket)
  }
  return [...rows, last]
}

/** The places of the traces that have the term, in order. What other buckets of a row have in common with it is taken for it. */
export const placesOf = (postings: Uint32Array, hash: number, layout: TermLayout): ReadonlyArray<number> => {
  const { placeBits } = layout
  const rest = restOf(hash, layout)
  const mask = 2 ** placeBits - 1
  const places: Array<number> = []
  let ordered = true
  for (const posting of postings) {
    if (posting >>> placeBits !== rest) continue
    const place = posting & mask
    ordered &&= place > (places.at(-1) ?? -1)
    places.push(place)
  }
  return ordered ? places : [...new Set(places)].sort((a, b) => a - b)
}

/** Numbers as they are stored: in the byte order of the machine, which is little-endian wherever Node runs. */
export const bytesOf = (numbers: Uint32Array | Int32Array | Float64Array): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)

export const hashesOf = (bytes: Uint8Array): Int32Array => new Int32Array(aligned(bytes))
export const postingsIn = (bytes: Uint8Array): Uint32Array => new Uint32Array(aligned(bytes))
export const idsOf = (bytes: Uint8Array): Float64Array => new Float64Array(aligned(bytes))

/** A buffer of their own; what SQLite gives has one. */
const aligned = ({ buffer, byteLength, byteOffset }: Uint8Array): ArrayBufferLike =>
  byteOffset === 0 && buffer.byteLength === byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)

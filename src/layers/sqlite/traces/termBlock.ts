/*
 * A term is a word of a trace's content, or a label of it. Terms are found in blocks of traces: a posting says that a
 * term, by its hash, stands in the trace at a place of the block. Two terms may have the same hash, so that what is found
 * still has to be looked at.
 *
 * Where an index of SQLite writes a page for every term or two, the postings of a block are written in order and cut
 * into rows, and forgotten in one go. A search reads a row of each block. Traces come into a small block first, soon
 * enough that few have to be looked through one by one, and from several of those into a large one, so that there are
 * few to look into.
 */

/** A kind of block. */
export interface BlockKind {
  readonly layout: number
  /** Of a block, at most. */
  readonly traces: number
}

export const SMALL: BlockKind = { layout: 2, traces: 1024 }
export const LARGE: BlockKind = { layout: 3, traces: 8192 }

/** Small blocks that make a large one. */
export const SMALLS = LARGE.traces / SMALL.traces
/** Postings of a small block, at most; but for those of the last of its traces. */
export const SMALL_POSTINGS = 384 * SMALL.traces

/** A term of a block, and the places of the traces that have it, in order: these of an array. */
export interface Term {
  /** Without a sign. */
  readonly hash: number
  readonly places: Uint16Array
  readonly from: number
  readonly to: number
}

/** Terms in the order of their hashes: itself the one that it stands at, the first after one `next`. */
export interface TermCursor extends Term {
  /** Goes on to the next; false after the last. */
  next(): boolean
}

/** A posting as one number, in the order of hashes, then places. */
export const postingOf = (hash: number, place: number, { traces }: BlockKind): number => (hash >>> 0) * traces + place

/** Bits of a hash that stand in the key of a row: as few as keep the numbers of blocks from ever being used up. */
const KEY_BITS = 20

/** Hashes that have a key in common. */
const KEY_HASHES = 2 ** (32 - KEY_BITS)

/** The first key of a block. */
export const firstKey = (block: number): number => block * 2 ** KEY_BITS

/** The key of a row that begins with a hash. The row that has the hash is the last of its block up to this key. */
export const keyOf = (block: number, hash: number): number => firstKey(block) + Math.floor((hash >>> 0) / KEY_HASHES)

/** What no posting of the row with this key is below: from here the distances in it are counted. */
export const baseOf = (block: number, key: number, kind: BlockKind): number =>
  postingOf((key - firstKey(block)) * KEY_HASHES, 0, kind)

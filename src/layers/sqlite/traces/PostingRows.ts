import { IncreasingWriter } from "./increasing.ts"
import { type BlockKind, baseOf, keyOf, postingOf, type Term } from "./termBlock.ts"

/** Of a row, before the next one begins: a page holds a few, and few are read through for each that is looked for. */
const ROW_BYTES = 1000

/** Cuts the postings of a block, whose terms come in order, into rows. Terms with the same key are in one row. */
export class PostingRows {
  readonly #block: number
  readonly #kind: BlockKind
  readonly #insert: (key: number, postings: Uint8Array) => void
  readonly #writer = new IncreasingWriter()
  #key: number | undefined
  #last = 0
  /** Rows so far. */
  written = 0

  constructor(block: number, kind: BlockKind, insert: (key: number, postings: Uint8Array) => void) {
    this.#block = block
    this.#kind = kind
    this.#insert = insert
  }

  add({ from, hash, places, to }: Term): void {
    const key = keyOf(this.#block, hash)
    if (this.#writer.length >= ROW_BYTES && key !== keyOf(this.#block, this.#last)) this.end()
    if (this.#key === undefined) {
      this.#key = key
      this.#writer.begin(baseOf(this.#block, key, this.#kind))
    }
    this.#last = hash
    const first = postingOf(hash, 0, this.#kind)
    for (let at = from; at < to; at++) this.#writer.add(first + (places[at] ?? 0))
  }

  /** Ends the row that was begun. */
  end(): void {
    if (this.#key === undefined) return
    this.#insert(this.#key, this.#writer.toBytes())
    this.#writer.begin(0)
    this.#key = undefined
    this.written += 1
  }
}

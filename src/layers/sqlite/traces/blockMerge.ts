import type { DatabaseSync } from "node:sqlite"
import { release } from "../../system/release.ts"
import { type Query, query } from "../spool/query.ts"
import type { PostingRow } from "./BlockReader.ts"
import { blockRemover } from "./blockRemover.ts"
import { type BlockTraces, blockTraces } from "./blockTraces.ts"
import { blockWriter } from "./blockWriter.ts"
import { IncreasingReader } from "./increasing.ts"
import { SIZES } from "./sizeClass.ts"
import { baseOf, firstKey, LARGE, SMALL, SMALLS, type TermCursor } from "./termBlock.ts"

/** Gives the function that makes a large block of the oldest small ones, once they are enough; in steps. */
export const blockMerge = (database: DatabaseSync) => {
  const smalls = query<{ block: number }>(
    database,
    "SELECT block FROM termBlocks WHERE layout = ? ORDER BY block LIMIT ?"
  )
  const nextRow = query<PostingRow>(
    database,
    "SELECT key, postings FROM termPostings WHERE key > ? AND key < ? ORDER BY key LIMIT 1"
  )
  const traces = blockTraces(database)
  const write = blockWriter(database)
  const remove = blockRemover(database)

  return function* (): Generator<void, void> {
    const blocks = smalls.all(SMALL.layout, SMALLS)
    if (blocks.length < SMALLS) return
    const { merged, places } = mergeTraces(blocks.map(({ block }) => traces.all(block)))
    yield
    const runs = blocks.map(({ block }, at) => new Run(block, places[at] ?? [], nextRow))
    yield* write(LARGE, merged, new MergedTerms(runs))
    for (const { block } of blocks) remove(block, SMALL.layout)
  }
}

/** All traces in the order of their ids, and where each block's own are among them, by place. */
const mergeTraces = (blocks: ReadonlyArray<BlockTraces>) => {
  const all = blocks.flatMap(({ ids, sizes }, block) =>
    ids.map((id, place) => ({ id, block, place, sizes: sizes.subarray(SIZES * place, SIZES * (place + 1)) }))
  )
  all.sort((a, b) => a.id - b.id)
  const places: ReadonlyArray<Array<number>> = blocks.map(() => [])
  const sizes = new Uint8Array(SIZES * all.length)
  for (const [place, one] of all.entries()) {
    sizes.set(one.sizes, SIZES * place)
    // Their own order is that of ids as well.
    places[one.block]?.push(place)
  }
  return { merged: { ids: all.map(({ id }) => id), sizes }, places }
}

/** The terms of a small block with the places of a large one, in order. One that is forgotten meanwhile ends early. */
class Run {
  readonly #block: number
  readonly #places: ReadonlyArray<number>
  readonly #nextRow: Query<PostingRow>
  #key: number
  #postings: Uint8Array = new Uint8Array()
  #row = new IncreasingReader(this.#postings)
  #posting = 0
  /** Of the term that is next; Infinity after the last. */
  hash = 0

  constructor(block: number, places: ReadonlyArray<number>, nextRow: Query<PostingRow>) {
    this.#block = block
    this.#places = places
    this.#nextRow = nextRow
    this.#key = firstKey(block) - 1
    this.#advance()
    this.hash = Math.floor(this.#posting / SMALL.traces)
  }

  /** Puts the places of the term that is next into an array, from a place of that on; gives where they end. */
  take(into: Uint16Array, from: number): number {
    const first = this.hash * SMALL.traces
    const end = first + SMALL.traces
    let to = from
    do {
      into[to++] = this.#places[this.#posting - first] ?? 0
      this.#advance()
    } while (this.#posting < end)
    this.hash = Math.floor(this.#posting / SMALL.traces)
    return to
  }

  #advance(): void {
    this.#posting = this.#row.next()
    if (this.#posting !== Number.POSITIVE_INFINITY) return
    const row = this.#nextRow.get(this.#key, firstKey(this.#block + 1))
    if (row === undefined) return
    release(this.#postings)
    this.#key = row.key
    this.#postings = row.postings
    this.#row = new IncreasingReader(row.postings, baseOf(this.#block, row.key, SMALL))
    this.#posting = this.#row.next()
  }
}

class MergedTerms implements TermCursor {
  readonly #runs: ReadonlyArray<Run>
  readonly places = new Uint16Array(LARGE.traces)
  readonly from = 0
  hash = 0
  to = 0

  constructor(runs: ReadonlyArray<Run>) {
    this.#runs = runs
  }

  next(): boolean {
    let hash = Number.POSITIVE_INFINITY
    for (const run of this.#runs) if (run.hash < hash) hash = run.hash
    if (hash === Number.POSITIVE_INFINITY) return false
    this.hash = hash
    this.to = 0
    let ordered = true
    for (const run of this.#runs) {
      if (run.hash !== hash) continue
      const from = this.to
      this.to = run.take(this.places, from)
      ordered &&= from === 0 || (this.places[from - 1] ?? 0) < (this.places[from] ?? 0)
    }
    // Blocks may overlap in time.
    if (!ordered) this.places.subarray(0, this.to).sort()
    return true
  }
}

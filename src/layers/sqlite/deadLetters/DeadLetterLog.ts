import type { DatabaseSync } from "node:sqlite"
import type {
  DeadLetter,
  DeadLetterAccount,
  DeadLetterSelection,
  DeadLetterSummary,
  NewDeadLetter,
  RefusedAgain
} from "../../../services/export/DeadLetters.ts"
import { type DeadLetterQueries, type LetterRow, prepareDeadLetters } from "./deadLetterQueries.ts"

/** Rows of one transaction, where there may be many: others come in between. */
const ROUND = 256

/** 4 MiB each. */
const SPARE_PAGES = 1024
const RECLAIM_PAGES = 1024

type End = "replayed" | "rejected" | "purged" | "full" | "expired"

/**
 * The store's transactions. Every method is synchronous and either happens as a whole or not at all, also when the
 * process is killed in the middle of it; all throw what node:sqlite throws.
 */
export class DeadLetterLog {
  readonly #database: DatabaseSync
  readonly #queries: DeadLetterQueries
  /** By destination, the letters taken last, with how often they had been refused: it changes when they do. */
  readonly #taken = new Map<string, ReadonlyMap<number, number>>()

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#queries = prepareDeadLetters(database)
  }

  append(letters: ReadonlyArray<NewDeadLetter>, maxBytes: number): void {
    this.#transaction(() => {
      for (const letter of letters) this.#put(letter)
      let full = true
      while (full) full = (this.#queries.total.get()?.bytes ?? 0) > maxBytes && this.#dropOldest()
    })
  }

  list({ destination, ids }: DeadLetterSelection, limit: number): ReadonlyArray<DeadLetterSummary> {
    return this.#queries.list.all(destination ?? null, jsonOf(ids), limit).map(summaryOf)
  }

  get(id: number): DeadLetter | undefined {
    const row = this.#queries.get.get(id)
    return row === undefined ? undefined : letterOf(row)
  }

  requestReplay({ destination, ids }: DeadLetterSelection): number {
    return this.#transaction(() => {
      const selection = [destination ?? null, jsonOf(ids)] as const
      this.#queries.mark.run(...selection)
      return this.#queries.countSelected.get(...selection)?.letters ?? 0
    })
  }

  take(destination: string, maxBytes: number): ReadonlyArray<DeadLetter> {
    const letters: Array<DeadLetter> = []
    let bytes = 0
    for (const row of this.#queries.marked.iterate(destination)) {
      bytes += row.bytes
      if (letters.length > 0 && bytes > maxBytes) break
      letters.push(letterOf(row))
    }
    this.#taken.set(destination, new Map(letters.map(({ id, refusals }) => [id, refusals])))
    return letters
  }

  /** Letters as they were taken last; those that were refused anew since then stay as they are. */
  replayed(ids: ReadonlyArray<number>, rejectedSpans: number): void {
    this.#transaction(() => {
      let rejections = rejectedSpans
      for (const id of ids) {
        const row = this.#asTaken(id)
        if (row === undefined) continue
        const rejected = Math.min(rejections, row.spans)
        rejections -= rejected
        this.#remove(row, { replayed: row.spans - rejected, rejected })
      }
    })
  }

  /** Letters as they were taken last; those that were refused anew since then stay as they are. */
  refusedAgain(ids: ReadonlyArray<number>, { answer, reason, refusedAt }: RefusedAgain): void {
    this.#transaction(() => {
      for (const id of ids) {
        if (this.#asTaken(id) !== undefined) this.#queries.refusedAgain.run(reason, answer ?? null, refusedAt, id)
      }
    })
  }

  /** Removes a round of letters; 0 when there are none left. */
  purge({ destination, ids }: DeadLetterSelection): number {
    return this.#transaction(() => {
      const rows = this.#queries.selected.all(destination ?? null, jsonOf(ids), ROUND)
      for (const row of rows) this.#remove(row, { purged: row.spans })
      return rows.length
    })
  }

  /** Removes a round of letters refused before `cutoff` (Unix milliseconds); says whether there were any. */
  expire(cutoff: number): boolean {
    return this.#transaction(() => {
      const rows = this.#queries.olderThan.all(cutoff, ROUND)
      for (const row of rows) this.#remove(row, { expired: row.spans })
      return rows.length > 0
    })
  }

  accounts(): ReadonlyArray<DeadLetterAccount> {
    return this.#queries.accounts.all().map((row) => ({
      destination: row.destination,
      letters: row.letters,
      bytes: row.bytes,
      buriedSpans: row.buried,
      storedSpans: row.stored,
      replayedSpans: row.replayed,
      rejectedSpans: row.rejected,
      purgedSpans: row.purged,
      droppedSpans: { full: row.full, expired: row.expired }
    }))
  }

  /** Gives some free pages back to the file system, beyond what is worth keeping; says whether it can do more. */
  reclaim(): boolean {
    const spare = this.#freePages() - SPARE_PAGES
    if (spare <= 0) return false
    this.#database.exec(`PRAGMA incremental_vacuum(${Math.min(spare, RECLAIM_PAGES)})`)
    const left = this.#freePages() - SPARE_PAGES
    return left > 0 && left < spare
  }

  // The mark does not tell: a letter that grew may have been asked for anew, with spans that were not sent yet.
  #asTaken(id: number): LetterRow | undefined {
    const row = this.#queries.get.get(id)
    return row !== undefined && this.#taken.get(row.destination)?.get(id) === row.refusals ? row : undefined
  }

  #freePages(): number {
    return this.#queries.freePages.get()?.freelist_count ?? 0
  }

  /** What is refused a second time takes the place of the first. */
  #put(letter: NewDeadLetter): void {
    const { destination, frame, reason, refusedAt, rootSpanId, traceId } = letter
    const answer = letter.answer ?? null
    const known = this.#queries.find.get(destination, traceId, rootSpanId)
    this.#queries.open.run(destination)
    if (known === undefined) {
      const spanIds = JSON.stringify(letter.spanIds)
      const size = frame.byteLength
      this.#queries.insert.run(
        destination,
        traceId,
        rootSpanId,
        reason,
        answer,
        refusedAt,
        letter.spans,
        spanIds,
        size,
        frame
      )
      this.#queries.credit.run(1, size, letter.spans, destination)
      return
    }
    const { spanIds, spans } = together(known, letter)
    this.#queries.replace.run(
      reason,
      answer,
      refusedAt,
      spans,
      JSON.stringify(spanIds),
      frame.byteLength,
      frame,
      known.id
    )
    this.#queries.credit.run(0, frame.byteLength - known.bytes, spans - known.spans, destination)
  }

  #dropOldest(): boolean {
    const destination = this.#queries.largest.get()?.destination
    const row = destination === undefined ? undefined : this.#queries.oldestOf.get(destination)
    if (row === undefined) return false
    this.#remove(row, { full: row.spans })
    return true
  }

  #remove(row: LetterRow, spans: { readonly [end in End]?: number }): void {
    const { expired = 0, full = 0, purged = 0, rejected = 0, replayed = 0 } = spans
    this.#queries.delete.run(row.id)
    this.#queries.debit.run(1, row.bytes, replayed, rejected, purged, full, expired, row.destination)
  }

  // Another process may be writing: the lock is asked for at once, so that nobody waits with half of it.
  #transaction<A>(body: () => A): A {
    this.#database.exec("BEGIN IMMEDIATE")
    try {
      const result = body()
      this.#database.exec("COMMIT")
      return result
    } catch (error) {
      // Some failures, a full disk among them, have rolled back by themselves.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK")
      throw error
    }
  }
}

const jsonOf = (ids: ReadonlyArray<number> | undefined) => (ids === undefined ? null : JSON.stringify(ids))

/** No span ids stand for all of the request's. */
const together = (known: LetterRow, letter: NewDeadLetter) => {
  const before = spanIdsOf(known)
  if (before.length === 0 || letter.spanIds.length === 0) {
    return { spanIds: [], spans: Math.max(known.spans, letter.spans) }
  }
  const spanIds = [...new Set([...before, ...letter.spanIds])]
  return { spanIds, spans: spanIds.length }
}

// Written here as JSON.
const spanIdsOf = (row: LetterRow): ReadonlyArray<string> => JSON.parse(row.span_ids)

const summaryOf = (row: LetterRow): DeadLetterSummary => ({
  id: row.id,
  destination: row.destination,
  traceId: row.trace_id,
  rootSpanId: row.root_span_id,
  reason: row.reason,
  ...(row.answer === null ? {} : { answer: row.answer }),
  refusedAt: row.refused_at,
  refusals: row.refusals,
  spans: row.spans,
  bytes: row.bytes,
  replayRequested: row.replay === 1
})

const letterOf = (row: LetterRow & { readonly frame: Uint8Array }): DeadLetter => ({
  ...summaryOf(row),
  spanIds: spanIdsOf(row),
  frame: row.frame
})

import type { DatabaseSync } from "node:sqlite"
import { crc32 } from "node:zlib"
import { BusFull, type Disposition, type Frame, type Ledger } from "../../../services/trace/TraceBus.ts"
import { type Removal, reasonOf } from "./Removal.ts"
import { type ConsumerRow, type FrameMeta, type LogRow, prepareSpool, type SpoolQueries } from "./spoolQueries.ts"
import { isCorrupt } from "./sqliteError.ts"

/** A place between two frames: the last sequence before it, and the totals of all frames up to there. */
export interface Place {
  readonly sequence: number
  readonly spans: number
  readonly bytes: number
}

/** Frames that a consumer never gets: `from` (sequence) to `to` (place), and why. */
export interface Skip {
  readonly from: number
  readonly to: Place
  readonly spans: number
  readonly bytes: number
  readonly reason: string
}

/** Rows looked at in one round of expiry, to keep each transaction short. */
const EXPIRY_ROUND = 512

/** 16 MiB and 4 MiB. */
const SPARE_PAGES = 1024
const RECLAIM_PAGES = 256

interface Outcome {
  readonly disposition: Disposition
  readonly remainder: string
}

const NOTHING: Outcome = {
  disposition: { delivered: 0, rejected: 0, deadLettered: 0, dropped: {} },
  remainder: "unaccounted"
}

/**
 * The spool's transactions. Every method is synchronous and either happens as a whole or not at all, also when the
 * process is killed in the middle of it; all throw what node:sqlite throws.
 */
export class SpoolLog {
  readonly #database: DatabaseSync
  readonly #queries: SpoolQueries
  #lastSequence: number

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#queries = prepareSpool(database)
    this.#lastSequence = this.#log().sequence
  }

  /** Of the last frame published; known without the database. */
  get lastSequence(): number {
    return this.#lastSequence
  }

  /** Spans published or lost on the way here, since the spool's first day. */
  get captured(): number {
    return this.#log().captured
  }

  /**
   * Appends frames in one transaction, and says of each whether there was room. Nothing is kept where nobody reads.
   * Room is made of the oldest frames that some consumer has settled, at the cost of those that have not: they count
   * them as dropped; those in `reading` hold frames and will find out. Frames that nobody has settled stay.
   */
  append(
    frames: ReadonlyArray<Frame>,
    now: number,
    maxBytes: number,
    reading: () => ReadonlySet<string>
  ): ReadonlyArray<BusFull | undefined> {
    const { outcomes, sequence } = this.#transaction(() => {
      let { sequence, spans, bytes, captured, published_at, removed_bytes } = this.#log()
      const settledBytes = this.#queries.settled.get()?.bytes ?? null
      // Order of publication is order of age, whatever the clock does.
      const publishedAt = Math.max(now, published_at)
      const outcomes = frames.map((frame) => {
        const size = frame.bytes.byteLength
        const stored = settledBytes === null ? 0 : bytes - Math.max(settledBytes, removed_bytes)
        if (settledBytes !== null && stored + size > maxBytes) {
          const removed = this.#queries.settledUpTo.get(bytes + size - maxBytes)
          if (removed === undefined) return new BusFull({ bytes: stored, limit: maxBytes })
          this.#remove(removed, "behind", reading())
          removed_bytes = removed.bytes_through
        }
        sequence += 1
        spans += frame.spans
        bytes += size
        captured += frame.spans
        if (settledBytes !== null) {
          const checksum = crc32(frame.bytes)
          this.#queries.insert.run(
            sequence,
            publishedAt,
            frame.events,
            frame.spans,
            size,
            spans,
            bytes,
            checksum,
            frame.bytes
          )
        }
        return undefined
      })
      this.#queries.setLog.run(sequence, publishedAt, spans, bytes, captured)
      return { outcomes, sequence }
    })
    this.#lastSequence = sequence
    return outcomes
  }

  recordLoss(spans: number, reason: string): void {
    this.#transaction(() => {
      this.#queries.addCaptured.run(spans)
      this.#queries.dropForAll.run(reason, spans)
    })
  }

  /** Registers a consumer at the log's end, unless it is known. */
  addConsumer(name: string): void {
    const log = this.#log()
    this.#queries.addConsumer.run(name, log.sequence, log.spans, log.bytes, log.captured)
  }

  removeConsumer(name: string): void {
    this.#transaction(() => {
      this.#queries.removeConsumer.run(name)
      this.#queries.removeDropped.run(name)
      this.#queries.deleteSettled.run()
    })
  }

  consumers(): ReadonlyArray<string> {
    return this.#queries.consumers.all().map((row) => row.name)
  }

  /** Where a consumer has settled everything before. */
  cursor(consumer: string): Place {
    const row = this.#consumer(consumer)
    return { sequence: row.cursor, spans: row.settled_spans, bytes: row.settled_bytes }
  }

  /** The place after the last frame that was removed before everybody had settled it. */
  removed(): Place {
    const log = this.#log()
    return { sequence: log.removed_sequence, spans: log.removed_spans, bytes: log.removed_bytes }
  }

  /** What a consumer calls the removed frames that it has not counted yet. */
  removedReason(consumer: string): string {
    return reasonOf(this.#log().removed_for, consumer)
  }

  after(sequence: number): Iterable<FrameMeta> {
    return this.#queries.after.iterate(sequence)
  }

  /** A frame's bytes; `undefined` when they are no longer what was published. */
  payload(frame: FrameMeta): Uint8Array | undefined {
    try {
      const payload = this.#queries.payload.get(frame.sequence)?.payload
      return payload !== undefined && crc32(payload) === frame.checksum ? payload : undefined
    } catch (error) {
      if (isCorrupt(error)) return undefined
      throw error
    }
  }

  /** The place after a published frame; where that has been removed, after all that were. */
  placeOf(sequence: number): Place {
    const row = this.#queries.place.get(sequence)
    if (row !== undefined) return { sequence, spans: row.spans_through, bytes: row.bytes_through }
    const removed = this.removed()
    if (sequence <= removed.sequence) return removed
    throw new Error(`frame ${sequence} was never published`)
  }

  /**
   * Settles a consumer's frames before `upTo` with what became of them, and `skips` that lie among or directly after
   * them. Spans that neither speaks of are dropped as `remainder`. Gives back the skips that lie further on. Frames
   * that every consumer has settled are deleted.
   */
  settle(consumer: string, upTo: Place, skips: ReadonlyArray<Skip>, outcome = NOTHING): ReadonlyArray<Skip> {
    return this.#transaction(() => {
      const start = this.cursor(consumer)
      const { delivered, rejected, deadLettered } = outcome.disposition
      const dropped = new Map(Object.entries(outcome.disposition.dropped))
      let end = upTo
      const ahead: Array<Skip> = []
      for (const skip of skips) {
        if (skip.from > end.sequence + 1) ahead.push(skip)
        else {
          if (skip.to.sequence > end.sequence) end = skip.to
          add(dropped, skip.reason, skip.spans)
        }
      }
      if (end.sequence === start.sequence) return ahead

      let missing = end.spans - start.spans - delivered - rejected - deadLettered
      for (const spans of dropped.values()) missing -= spans
      if (missing !== 0) add(dropped, outcome.remainder, missing)
      this.#queries.settle.run(end.sequence, end.spans, end.bytes, delivered, rejected, deadLettered, consumer)
      for (const [reason, spans] of dropped) this.#queries.drop.run(consumer, reason, spans)
      this.#queries.deleteSettled.run()
      return ahead
    })
  }

  /**
   * Removes a round of the oldest frames published before `cutoff` (Unix milliseconds), and says whether there were
   * any. Consumers that have not read them count them as dropped; those in `reading` hold frames and will find out.
   */
  expire(cutoff: number, reading: ReadonlySet<string>): boolean {
    return this.#transaction(() => {
      const last = this.#queries.lastBefore.get(EXPIRY_ROUND, cutoff)
      if (last === undefined) return false
      this.#remove(last, "age", reading)
      return true
    })
  }

  ledger(consumer: string): Ledger {
    const row = this.#consumer(consumer)
    const log = this.#log()
    const oldestAt = this.#queries.oldest.get(row.cursor)?.published_at
    return {
      captured: log.captured - row.captured_before,
      delivered: row.delivered,
      rejected: row.rejected,
      deadLettered: row.dead_lettered,
      dropped: Object.fromEntries(this.#queries.dropped.all(consumer).map(({ reason, spans }) => [reason, spans])),
      queued: log.spans - row.settled_spans,
      queuedBytes: log.bytes - row.settled_bytes,
      ...(oldestAt === undefined ? {} : { oldestAt })
    }
  }

  /** Gives some free pages back to the file system, beyond what is worth keeping; says whether it can do more. */
  reclaim(): boolean {
    const spare = this.#freePages() - SPARE_PAGES
    if (spare <= 0) return false
    this.#database.exec(`PRAGMA incremental_vacuum(${Math.min(spare, RECLAIM_PAGES)})`)
    const left = this.#freePages() - SPARE_PAGES
    return left > 0 && left < spare
  }

  #remove(last: FrameMeta, removal: Removal, reading: ReadonlySet<string>): void {
    this.#queries.setRemoved.run(last.sequence, last.spans_through, last.bytes_through, removal)
    for (const consumer of this.consumers()) {
      const { sequence, spans } = this.cursor(consumer)
      if (sequence >= last.sequence || reading.has(consumer)) continue
      this.#queries.settle.run(last.sequence, last.spans_through, last.bytes_through, 0, 0, 0, consumer)
      this.#queries.drop.run(consumer, reasonOf(removal, consumer), last.spans_through - spans)
    }
    this.#queries.deleteThrough.run(last.sequence)
  }

  #freePages(): number {
    return this.#queries.freePages.get()?.freelist_count ?? 0
  }

  #consumer(name: string): ConsumerRow {
    const row = this.#queries.consumer.get(name)
    if (row === undefined) throw new Error(`${name} is not subscribed`)
    return row
  }

  #log(): LogRow {
    const row = this.#queries.log.get()
    if (row === undefined) throw new Error("spool has no log")
    return row
  }

  #transaction<A>(body: () => A): A {
    this.#database.exec("BEGIN")
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

const add = (counts: Map<string, number>, reason: string, spans: number): void => {
  counts.set(reason, (counts.get(reason) ?? 0) + spans)
}

import type { DatabaseSync } from "node:sqlite"
import type { GroupBy, RollupFilter } from "../../../services/store/TraceQuery.ts"
import type { Retention, TraceStoreSize } from "../../../services/store/TraceStore.ts"
import type { StoredTrace } from "../../../services/store/TraceSummary.ts"
import { release } from "../../system/release.ts"
import { query } from "../spool/query.ts"
import type { Reading } from "./RollupLevel.ts"
import { type RollupRow, rollupReader } from "./rollupRead.ts"
import { unpackSpans } from "./SpanPack.ts"
import { termWriter } from "./termWriter.ts"
import { appender, type PreparedPack } from "./traceAppend.ts"
import type { TracePlan } from "./traceFilter.ts"
import { forgetter } from "./traceForget.ts"
import { traceNames } from "./traceNames.ts"
import { COLUMNS, summaryOf, type TraceRow } from "./traceRow.ts"
import { type Scanned, scanner } from "./traceScan.ts"

/**
 * The store's transactions, each short. Every method is synchronous and happens as a whole or not at all, also when the
 * process is killed in the middle of it; all throw what node:sqlite throws.
 */
export class TraceLog {
  readonly #database: DatabaseSync
  readonly #append: ReturnType<typeof appender>
  readonly #rollups: ReturnType<typeof rollupReader>
  readonly #forget: ReturnType<typeof forgetter>
  readonly #terms: ReturnType<typeof termWriter>
  readonly #scan: ReturnType<typeof scanner>
  #folding: Generator<void, void> | undefined
  readonly #names: ReturnType<typeof traceNames>
  readonly #get
  readonly #account
  readonly #oldest

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#append = appender(database)
    this.#rollups = rollupReader(database)
    this.#forget = forgetter(database)
    this.#terms = termWriter(database)
    this.#scan = scanner(database)
    this.#names = traceNames(database)
    this.#get = query<TraceRow & { readonly body: Uint8Array; readonly at: number; readonly count: number }>(
      database,
      `SELECT traces.id, ${COLUMNS.join(", ")}, spans AS body, spanAt AS at, spanCount AS count
         FROM traces JOIN packs ON packs.id = pack WHERE traces.id = ?`
    )
    this.#account = query<{ traces: number; minutesFrom: number }>(database, "SELECT traces, minutesFrom FROM account")
    this.#oldest = query<{ start: number }>(database, "SELECT start FROM traces ORDER BY id LIMIT 1")
  }

  append(packs: ReadonlyArray<PreparedPack>): void {
    // What was left half-way knows nothing of these.
    this.#folding = undefined
    this.#transaction(() => this.#append(packs))
  }

  /** One step of what makes terms and names quick to find; false when there is none to do. */
  fold(): boolean {
    const folding = this.#folding ?? this.#fold()
    // A step that fails is not made good: all are made again.
    this.#folding = undefined
    if (this.#transaction(() => folding.next().done === true)) return false
    this.#folding = folding
    return true
  }

  /** The oldest request of a trace, with this root if one is named, whose id is greater than `after`; and its id. */
  get(traceId: string, after: number, spanId?: string): readonly [StoredTrace, id: number] | undefined {
    const found = this.#transaction(() => {
      const id = this.#names.next(traceId, after, spanId)
      return id === undefined ? undefined : this.#get.get(id)
    }, "DEFERRED")
    if (found === undefined) return undefined
    const { at, body, count, ...row } = found
    const spans = unpackSpans(body, at, count)
    release(body)
    return [{ summary: summaryOf(row), spans }, row.id]
  }

  scan(plan: TracePlan, before: number, share: number, limit: number): Scanned {
    return this.#transaction(() => this.#scan(plan, before, share, limit), "DEFERRED")
  }

  /** Rollups by minute and subject that began earlier are gone. */
  minutesFrom(): number {
    return this.#account.get()?.minutesFrom ?? 0
  }

  clip(reading: Reading): Reading | undefined {
    return this.#rollups.clip(reading)
  }

  requests(reading: Reading, filter: RollupFilter, groupBy: GroupBy) {
    return this.#rollups.requests(reading, filter, groupBy)
  }

  /** In the order of time; to be read before anything else is asked. */
  rollups(reading: Reading, filter: RollupFilter): Iterable<RollupRow> {
    return this.#rollups.rows(reading, filter)
  }

  /** One round: old traces, or the oldest of too many bytes, or else rollups that began before `rollupsBefore`. */
  retain({ before, maxBytes }: Retention, rollupsBefore: number): number {
    const went = this.#transaction(() => {
      const traces = this.#forget.before(before) || this.#forget.beyond(maxBytes)
      if (traces === 0) this.#forget.rollups(before, rollupsBefore)
      return traces
    })
    this.#forget.reclaim()
    return went
  }

  size(): TraceStoreSize {
    const oldest = this.#oldest.get()?.start
    return {
      traces: this.#account.get()?.traces ?? 0,
      bytes: this.#forget.usedBytes(),
      ...(oldest === undefined ? {} : { oldest })
    }
  }

  *#fold(): Generator<void, void> {
    let steps: number
    do {
      steps = 0
      for (const folding of [this.#terms.fold(), this.#names.fold()]) {
        for (const _ of folding) {
          steps += 1
          yield
        }
      }
    } while (steps > 0)
  }

  #transaction<A>(body: () => A, kind: "IMMEDIATE" | "DEFERRED" = "IMMEDIATE"): A {
    this.#database.exec(`BEGIN ${kind}`)
    try {
      const result = body()
      this.#database.exec("COMMIT")
      return result
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK")
      throw error
    }
  }
}

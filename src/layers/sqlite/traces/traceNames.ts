import type { DatabaseSync } from "node:sqlite"
import { release } from "../../system/release.ts"
import { query } from "../spool/query.ts"
import { aligned, bytesOf } from "./storedNumbers.ts"

/*
 * Which traces have a trace id. Trace ids are random: an index of them has a page to write for each. So the names of a
 * batch are stored together, as a run, and many runs are put into the index at once.
 */

/** Of a name: random, but where a caller makes up ids that are not. */
const DIGITS = /[0-9a-f]{12}$/i
/** Runs are put into the index when there are so many, of so many names in all: each is looked through by every search. */
const MOST_RUNS = 128
const MOST_NAMES = 32 * 1024
const NAMES_OF_RUN = 8 * 1024
/** Names put into the index in one step. */
const STEP = 1024

export interface NamedTrace {
  readonly id: number
  readonly traceId: string
}

/** Forty-eight bits of a trace id. */
export const nameOf = (traceId: string): number => Number.parseInt(DIGITS.exec(traceId)?.[0] ?? "0", 16)

/** Gives the functions that keep names; those that write are to be called in a transaction. */
export const traceNames = (database: DatabaseSync) => {
  const insertRun = query(database, "INSERT INTO nameRuns (last, names) VALUES (?, ?)")
  const totals = query<{ runs: number; names: number | null }>(
    database,
    "SELECT count(*) AS runs, sum(length(names)) / 16 AS names FROM nameRuns"
  )
  const runs = query<{ run: number; names: Uint8Array }>(database, "SELECT run, names FROM nameRuns ORDER BY run")
  const deleteRuns = query(database, "DELETE FROM nameRuns WHERE run <= ?")
  const deleteOldRuns = query(database, "DELETE FROM nameRuns WHERE last < ?")
  const insert = query(database, "INSERT OR IGNORE INTO traceNames VALUES (?, ?)")
  const remove = query(database, "DELETE FROM traceNames WHERE name = ? AND id = ?")
  const first = query<{ id: number | null }>(database, "SELECT min(id) AS id FROM traces")
  // By its bytes first, which need not be those of one number.
  const runsWith = query<{ names: Uint8Array }>(database, "SELECT names FROM nameRuns WHERE instr(names, ?) > 0")
  const indexed = query<{ id: number }>(
    database,
    `SELECT n.id FROM traceNames AS n CROSS JOIN traces AS t ON t.id = n.id
       WHERE n.name = ?1 AND n.id > ?2 AND t.traceId = ?3 AND (?4 IS NULL OR t.spanId = ?4) ORDER BY n.id LIMIT 1`
  )
  const firstOf = query<{ id: number }>(
    database,
    `SELECT t.id FROM json_each(?1) AS c CROSS JOIN traces AS t ON t.id = c.value
       WHERE t.traceId = ?2 AND (?3 IS NULL OR t.spanId = ?3) ORDER BY t.id LIMIT 1`
  )

  const kept = (): number => first.get()?.id ?? Number.MAX_SAFE_INTEGER

  /** Names of the oldest runs, and the last of these runs. */
  const take = () => {
    const pairs: Array<number> = []
    let last = 0
    for (const { names, run } of runs.iterate()) {
      for (const [name, id] of pairsIn(names)) pairs.push(name, id)
      release(names)
      last = run
      if (pairs.length >= 2 * MOST_NAMES) break
    }
    return { last, names: inOrder(pairs) }
  }

  return {
    add: (traces: ReadonlyArray<NamedTrace>): void => {
      for (let at = 0; at < traces.length; at += NAMES_OF_RUN) {
        const run = traces.slice(at, at + NAMES_OF_RUN)
        const names = Float64Array.from(run.flatMap(({ id, traceId }) => [nameOf(traceId), id]))
        insertRun.run(Math.max(...run.map(({ id }) => id)), bytesOf(names))
        release(names)
      }
    },
    /** Puts runs into the index once they are many, in steps that are a transaction each; meanwhile names are in both. */
    *fold(): Generator<void, void> {
      const total = totals.get() ?? { names: 0, runs: 0 }
      if (total.runs < MOST_RUNS && (total.names ?? 0) < MOST_NAMES) return
      const { last, names } = take()
      let oldest = 0
      for (let at = 0; at < names.length; at += 2) {
        if (at % (2 * STEP) === 0) {
          yield
          // Traces may have been forgotten meanwhile.
          oldest = kept()
        }
        const id = names[at + 1] ?? 0
        if (id >= oldest) insert.run(names[at] ?? 0, id)
      }
      release(names)
      deleteRuns.run(last)
    },
    forget: (traces: ReadonlyArray<NamedTrace>): void => {
      for (const { id, traceId } of traces) remove.run(nameOf(traceId), id)
    },
    /** Forgets runs whose traces are all before this one. */
    forgetRuns: (id: number): void => {
      deleteOldRuns.run(id)
    },
    /** The first trace after `after` with a trace id, and with this root if one is named. */
    next: (traceId: string, after: number, spanId?: string): number | undefined => {
      const root = spanId ?? null
      const name = nameOf(traceId)
      const ids: Array<number> = []
      for (const row of runsWith.all(bytesOf(Float64Array.of(name)))) {
        for (const [of, id] of pairsIn(row.names)) if (of === name && id > after) ids.push(id)
        release(row.names)
      }
      // Nearly always the least of them is it, and of one trace id there may be all that there are.
      const least = ids.reduce((least, id) => Math.min(least, id), Number.POSITIVE_INFINITY)
      const among = (ids: ReadonlyArray<number>) => firstOf.get(JSON.stringify(ids), traceId, root)?.id
      const fresh = ids.length === 0 ? undefined : (among([least]) ?? among(ids))
      const older = indexed.get(name, after, traceId, root)?.id
      return fresh === undefined || (older !== undefined && older < fresh) ? older : fresh
    }
  }
}

/** Enough for the names that are taken together; with 36 of a name, all that a number has. */
const PLACE_BITS = 17

/** Names and ids by turns, in the order of the upper 36 bits of the names, which is that of the index but for few. */
const inOrder = (pairs: ReadonlyArray<number>): Float64Array => {
  const keys = new Float64Array(pairs.length / 2)
  // A key also says where its pair is: numbers alone are quick to sort.
  for (let at = 0; at < keys.length; at++) keys[at] = Math.floor((pairs[2 * at] ?? 0) / 2 ** 12) * 2 ** PLACE_BITS + at
  keys.sort()
  const sorted = new Float64Array(pairs.length)
  for (let at = 0; at < keys.length; at++) {
    const from = 2 * ((keys[at] ?? 0) % 2 ** PLACE_BITS)
    sorted[2 * at] = pairs[from] ?? 0
    sorted[2 * at + 1] = pairs[from + 1] ?? 0
  }
  release(keys)
  return sorted
}

function* pairsIn(bytes: Uint8Array): Generator<readonly [name: number, id: number], void> {
  const names = new Float64Array(aligned(bytes))
  for (let at = 0; at + 1 < names.length; at += 2) yield [names[at] ?? 0, names[at + 1] ?? 0]
}

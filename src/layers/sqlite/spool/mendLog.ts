import { copyFileSync, existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { query } from "./query.ts"
import { salvageWal } from "./walSalvage.ts"

/** What became of a spool whose write-ahead log was damaged. */
export interface Mended {
  /** Transactions behind the damage. */
  readonly commits: number
  /** They are there again; otherwise the log ends before the damage. */
  readonly whole: boolean
  /** Spans captured by the end of the log, as far as it can be told. */
  readonly captured: number
}

/**
 * Mends the write-ahead log of a database that nobody has open, before SQLite cuts it off at the first byte that
 * changed. The mended log must make a sound database, with damage in frames only, which have checksums of their own;
 * where it does not, the log is left to be cut. A copy of the log as it was found is kept under the name given, as long
 * as there is room.
 */
export const mendLog = (path: string, pageSize: number, keptAs: () => string): Mended | undefined => {
  const wal = `${path}-wal`
  const salvage = existsSync(wal) ? salvageWal(readFileSync(wal), pageSize) : undefined
  if (salvage === undefined) return undefined
  const trial = `${path}.trial`
  const clear = () => {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(trial + suffix, { force: true })
  }
  let captured = 0
  let whole = false
  try {
    copyFileSync(wal, keptAs())
    clear()
    // A second name for the same file, which a reader leaves as it is, with the log beside it that it would have.
    linkSync(path, trial)
    writeFileSync(`${trial}-wal`, salvage.mended, { mode: 0o600 })
    const found = examine(trial, salvage.damagedPages)
    captured = found.captured
    if (found.sound) renameSync(`${trial}-wal`, wal)
    whole = found.sound
  } catch {
    // A full disk, or one without second names: then nothing is mended, which is no reason not to start.
  } finally {
    clear()
  }
  return { commits: salvage.lostCommits, whole, captured }
}

/** Of some pages, those that hold anything but frames. */
const BESIDE_FRAMES =
  "SELECT 1 FROM json_each(?) WHERE value NOT IN (SELECT pageno FROM dbstat WHERE name = 'frames') LIMIT 1"

/**
 * Pages of different ages may make a database that is sound as such and whose rows contradict each other: frames that do
 * not follow each other, or accounts that do not add up.
 */
const CONTRADICTIONS = `
  SELECT 1 FROM (
    SELECT
      sequence - lag(sequence, 1, sequence - 1) OVER (ORDER BY sequence) AS step,
      spans_through - lag(spans_through, 1, spans_through - spans) OVER (ORDER BY sequence) - spans AS spans,
      bytes_through - lag(bytes_through, 1, bytes_through - bytes) OVER (ORDER BY sequence) - bytes AS bytes
    FROM frames
  ) WHERE step <> 1 OR spans <> 0 OR bytes <> 0
  UNION ALL
  SELECT 1 FROM log, frames
    WHERE frames.sequence = (SELECT max(sequence) FROM frames)
      AND (frames.sequence, spans_through, bytes_through) <> (log.sequence, log.spans, log.bytes)
  UNION ALL
  SELECT 1 FROM log, consumers
    WHERE log.spans - max(settled_spans, removed_spans) <> (SELECT ifnull(sum(spans), 0) FROM frames WHERE sequence > cursor)
      OR log.bytes - max(settled_bytes, removed_bytes) <> (SELECT ifnull(sum(bytes), 0) FROM frames WHERE sequence > cursor)
      OR log.captured - captured_before <> delivered + rejected + dead_lettered + log.spans - settled_spans
        + (SELECT ifnull(sum(spans), 0) FROM dropped WHERE consumer = name)
`

const examine = (path: string, damagedPages: ReadonlyArray<number> | undefined) => {
  const database = new DatabaseSync(path, { readOnly: true })
  let captured = 0
  try {
    captured = query<{ captured: number }>(database, "SELECT captured FROM log WHERE id = 1").get()?.captured ?? 0
    const sound =
      damagedPages !== undefined &&
      query(database, BESIDE_FRAMES).get(JSON.stringify(damagedPages)) === undefined &&
      query<{ quick_check: string }>(database, "PRAGMA quick_check(1)").get()?.quick_check === "ok" &&
      query(database, CONTRADICTIONS).get() === undefined
    return { captured, sound }
  } catch {
    return { captured, sound: false }
  } finally {
    database.close()
  }
}

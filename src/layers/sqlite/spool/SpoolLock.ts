import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import { SpoolLocked, SpoolUnusable } from "./SpoolErrors.ts"
import { isBusy } from "./sqliteError.ts"

/**
 * Holds a directory for the life of the scope, and creates it where it is missing.
 *
 * The lock is an open transaction on an empty database beside the spool, that is, a lock of the operating system's: it
 * goes with the process that held it, however that ended. The pid file only serves the message.
 */
export const lockSpool = (directory: string) =>
  Effect.acquireRelease(
    Effect.try({ try: () => acquire(directory), catch: (error) => refusal(directory, error) }),
    (lock) => Effect.sync(() => lock.close())
  ).pipe(Effect.asVoid)

const acquire = (directory: string): DatabaseSync => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(directory, "lock"), { timeout: 0 })
  try {
    lock.exec("BEGIN EXCLUSIVE")
    writeFileSync(join(directory, "lock.pid"), String(process.pid))
    return lock
  } catch (error) {
    lock.close()
    throw error
  }
}

const refusal = (path: string, error: unknown): SpoolLocked | SpoolUnusable =>
  isBusy(error) ? new SpoolLocked({ path, ...holderOf(path) }) : new SpoolUnusable({ path, cause: error })

const holderOf = (directory: string): { readonly pid?: number } => {
  try {
    const pid = Number.parseInt(readFileSync(join(directory, "lock.pid"), "utf8"), 10)
    return Number.isInteger(pid) ? { pid } : {}
  } catch {
    return {}
  }
}

import { execFileSync } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A directory whose disk can be made full under a running process. */
export interface SmallDisk {
  readonly fill: (pid: number) => void
  readonly free: (pid: number) => void
}

const SIZE = 32 * 1024 * 1024
const CHUNK = Buffer.alloc(64 * 1024)

const works = (command: string, ...args: ReadonlyArray<string>): boolean => {
  try {
    execFileSync(command, args, { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

/** Whether a running process can be kept from writing. */
export const canLimit = works("prlimit", "--version")

/** A file system of its own in memory, which a file of ours fills to the last block. */
const mounted = (directory: string): SmallDisk => {
  const filler = join(directory, "filler")
  return {
    fill: () => {
      try {
        while (true) writeFileSync(filler, CHUNK, { flag: "a" })
      } catch {
        // ENOSPC: that is all.
      }
    },
    free: () => rmSync(filler)
  }
}

/** No file of the process may grow, nor be written beyond its first byte. */
const limited: SmallDisk = {
  fill: (pid) => void execFileSync("prlimit", ["--pid", String(pid), "--fsize=1:"]),
  free: (pid) => void execFileSync("prlimit", ["--pid", String(pid), "--fsize=unlimited:"])
}

/**
 * A small disk at `directory`, which is made, for as long as the scope lives: a file system of its own where we may
 * mount one, a limit on what the process may write where we may not.
 */
export const smallDisk = (
  directory: string,
  kind: "mounted" | "limited"
): Effect.Effect<SmallDisk, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        mkdirSync(directory, { recursive: true })
        return kind === "mounted" && works("mount", "-t", "tmpfs", "-o", `size=${SIZE}`, "spangate-test", directory)
      }),
      (isMounted) => Effect.sync(() => isMounted && works("umount", "--lazy", directory))
    ),
    (isMounted) => (isMounted ? mounted(directory) : limited)
  )

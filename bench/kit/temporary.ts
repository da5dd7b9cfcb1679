import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

let directory: string | undefined

/** One for this process, gone when it ends. */
export const temporaryDirectory = (): string => {
  if (directory === undefined) {
    const made = mkdtempSync(join(tmpdir(), "spangate-bench-"))
    process.on("exit", () => rmSync(made, { recursive: true, force: true, maxRetries: 5 }))
    directory = made
  }
  return directory
}

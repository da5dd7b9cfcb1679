import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"

/** A directory that goes with the scope. Acquire it before the program that works in it. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "spangate-e2e-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

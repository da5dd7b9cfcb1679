import { readFile, stat } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"

/** A file as it was at one moment. */
export interface FileVersion {
  /** Differs whenever the file was replaced, written or lost. */
  readonly stamp: string
  /** Undefined when it could not be read. */
  readonly text?: string
  /** Why not: `it does not exist`, or the system's code. */
  readonly failure?: string
}

/** Follows links, so that a Kubernetes ConfigMap's swap shows. */
export const stampOf = (file: string): Effect.Effect<string> =>
  Effect.promise(() =>
    stat(file).then(
      ({ ctimeMs, ino, mtimeMs, size }) => `${ino} ${size} ${mtimeMs} ${ctimeMs}`,
      (cause: unknown) => codeOf(cause)
    )
  )

/** The stamp is taken before the text, so that a write between them is seen as a change the next time. */
export const readVersion = Effect.fnUntraced(function* (file: string) {
  const stamp = yield* stampOf(file)
  return yield* Effect.promise(() =>
    readFile(file, "utf8").then(
      (text): FileVersion => ({ stamp, text }),
      (cause: unknown): FileVersion => {
        const code = codeOf(cause)
        return { stamp, failure: code === "ENOENT" ? "it does not exist" : code }
      }
    )
  )
})

const codeOf = (cause: unknown): string => (Predicate.hasProperty(cause, "code") ? String(cause.code) : "unknown")

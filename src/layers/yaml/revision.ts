import { createHash } from "node:crypto"
import * as Predicate from "effect/Predicate"

/**
 * 12 hex digits that name a document's content, whatever the order of its keys, its comments and layout.
 * A hash's start tells nothing of the secrets in it, as long as these cannot be guessed.
 */
export const revisionOf = (document: unknown): string =>
  createHash("sha256")
    .update(JSON.stringify(document, sortKeys) ?? "")
    .digest("hex")
    .slice(0, 12)

const sortKeys = (_: string, value: unknown): unknown =>
  Predicate.isObject(value) && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value

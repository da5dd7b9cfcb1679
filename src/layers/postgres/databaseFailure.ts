import * as Predicate from "effect/Predicate"
import type { SqlError } from "effect/sql/SqlError"
import { StoreUnavailable } from "../../services/store/StoreUnavailable.ts"

/** An SQLSTATE, or a system's or TLS's error code: the first on the way down to the cause. */
const codeOf = (error: unknown, depth = 0): string | undefined => {
  if (depth === 4 || !Predicate.isObject(error)) return undefined
  if ("code" in error && typeof error.code === "string" && /^[A-Z0-9_]{1,64}$/.test(error.code)) return error.code
  return "cause" in error ? codeOf(error.cause, depth + 1) : undefined
}

/**
 * Keeps the kind of failure and its code. The driver's own messages go: they quote values, and some quote the URL with
 * its password.
 */
export const databaseFailure = ({ reason }: SqlError): StoreUnavailable => {
  const code = codeOf(reason)
  return unavailable(code === undefined ? reason._tag : `${reason._tag} (${code})`)
}

export const unavailable = (what: string): StoreUnavailable =>
  new StoreUnavailable({
    store: "configuration",
    cause: Object.assign(new Error(what), { name: "PostgreSQL" })
  })

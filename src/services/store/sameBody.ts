import * as Predicate from "effect/Predicate"

/** Whether two bodies are the same JSON, whatever the order of their keys. */
export const sameBody = (a: unknown, b: unknown): boolean => a === b || canonical(a) === canonical(b)

const canonical = (body: unknown): string | undefined => JSON.stringify(body, sortKeys)

const sortKeys = (_: string, value: unknown): unknown =>
  Predicate.isObject(value) && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value

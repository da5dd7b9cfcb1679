import * as Predicate from "effect/Predicate"
import type { EntityKind } from "./entities.ts"

/** Steps from an entity's body to a secret; `*` is every key. */
export type SecretPath = readonly [string] | readonly [string, "*"]

/** Where the secrets stand: sealed when stored, masked when shown. The Schema's `Redacted` fields, and no others. */
export const secretPaths: { readonly [kind in EntityKind]: ReadonlyArray<SecretPath> } = {
  "provider-account": [["apiKey"], ["headers", "*"]],
  "virtual-model": [],
  token: [],
  "jwt-issuer": [],
  team: [],
  subject: [],
  "admin-token": [],
  "admin-issuer": [],
  destination: [["headers", "*"], ["clientKey"]],
  settings: []
}

export type Rewrite = (value: unknown, path: ReadonlyArray<string>) => unknown

type Body = { readonly [key: string]: unknown }

/** The body with every value that stands where a secret does rewritten, and the rest as it is. */
export const mapSecrets = (kind: EntityKind, body: unknown, rewrite: Rewrite): unknown =>
  secretPaths[kind].reduce<unknown>((mapped, path) => mapAt(mapped, path, [], rewrite), body)

const mapAt = (
  value: unknown,
  steps: ReadonlyArray<string>,
  path: ReadonlyArray<string>,
  rewrite: Rewrite
): unknown => {
  const [step, ...rest] = steps
  if (step === undefined) return rewrite(value, path)
  if (!isBody(value)) return value
  // Object.fromEntries defines its keys, so that one named __proto__ stays a key.
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      step === "*" || step === key ? mapAt(inner, rest, [...path, key], rewrite) : inner
    ])
  )
}

const isBody = (value: unknown): value is Body => Predicate.isObject(value) && !Array.isArray(value)

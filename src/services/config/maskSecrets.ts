import * as Predicate from "effect/Predicate"
import type { EntityKind } from "./entities.ts"
import { mapSecrets } from "./secretPaths.ts"

/** How a secret is shown, and how one that is to stay is written back. */
export interface MaskedSecret {
  readonly set: true
  /** Of a secret too short for it, absent. */
  readonly lastFour?: string
}

/** Four characters of a shorter one would tell too much of it. */
const MIN_LENGTH = 12

/** An entity's body fit to be shown: each secret is a `MaskedSecret`. */
export const maskSecrets = (kind: EntityKind, body: unknown): unknown => mapSecrets(kind, body, mask)

const mask = (secret: unknown): MaskedSecret =>
  typeof secret === "string" && secret.length >= MIN_LENGTH ? { set: true, lastFour: secret.slice(-4) } : { set: true }

export interface Unmasked {
  readonly body: unknown
  /** Where a secret was to stay and there is none. */
  readonly missing: ReadonlyArray<ReadonlyArray<string>>
}

/** Puts the stored secrets back where a body says `{ set: true }`: by the same path, a header by its name whatever its case. */
export const unmaskSecrets = (kind: EntityKind, body: unknown, stored: unknown): Unmasked => {
  const known = new Map<string, unknown>()
  mapSecrets(kind, stored, (secret, path) => known.set(placeOf(path), secret))
  const missing: Array<ReadonlyArray<string>> = []
  const unmasked = mapSecrets(kind, body, (value, path) => {
    if (!Predicate.hasProperty(value, "set") || value.set !== true) return value
    const secret = known.get(placeOf(path))
    if (secret === undefined) missing.push(path)
    return secret ?? value
  })
  return { body: unmasked, missing }
}

const placeOf = ([first = "", ...rest]: ReadonlyArray<string>): string =>
  JSON.stringify([first, ...rest.map((step) => step.toLowerCase())])

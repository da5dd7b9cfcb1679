import * as Predicate from "effect/Predicate"
import type { EntityKind } from "./entities.ts"
import type { Finding, Path } from "./Problem.ts"
import { mapSecrets } from "./secretPaths.ts"
import { type SecretPlace, secretPlace } from "./secretPlace.ts"

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
  /** Where a secret cannot stay, it still says `{ set: true }`. */
  readonly body: unknown
  /** Each secret that was to stay and cannot, by its path in the body. */
  readonly findings: ReadonlyArray<Finding>
}

/**
 * Puts the stored secrets back where a body says `{ set: true }`: by the same path, a header by its name whatever its
 * case, and only where they go to whom they went. Else whoever may change an entry could have its secrets sent to them.
 */
export const unmaskSecrets = (kind: EntityKind, body: unknown, stored: unknown): Unmasked => {
  const known = new Map<string, unknown>()
  mapSecrets(kind, stored, (secret, path) => known.set(placeOf(path), secret))
  const kept: Array<Path> = []
  const missing: Array<Path> = []
  const unmasked = mapSecrets(kind, body, (value, at) => {
    if (!Predicate.hasProperty(value, "set") || value.set !== true) return value
    const secret = known.get(placeOf(at))
    if (secret === undefined) missing.push(at)
    else kept.push(at)
    return secret ?? value
  })
  const moved = kept.length === 0 ? undefined : whyMoved(secretPlace(kind, stored), secretPlace(kind, unmasked))
  const findings = missing.map((at): Finding => ({ at, reason: NONE_STORED }))
  return moved === undefined
    ? { body: unmasked, findings }
    : { body, findings: [...findings, ...kept.map((at): Finding => ({ at, reason: moved }))] }
}

const NONE_STORED = "is to stay as it is, but none is stored: write the secret"

const whyMoved = (from: SecretPlace | undefined, to: SecretPlace | undefined): string | undefined => {
  if (from === undefined || to === undefined) return undefined
  if (from.origin !== to.origin) return `was stored for ${from.origin}: enter it again for another host`
  return from.beside === to.beside
    ? undefined
    : `was stored for ${from.origin} with another ca or host header: enter it again`
}

const placeOf = ([first = "", ...rest]: ReadonlyArray<string>): string =>
  JSON.stringify([first, ...rest.map((step) => step.toLowerCase())])

import { defaultBaseUrl } from "./accountRules.ts"
import { type Document, isDocument } from "./documentEntities.ts"
import type { EntityKind } from "./entities.ts"

/** Who gets the secrets of an entity. */
export interface SecretPlace {
  /** Scheme, host and port. */
  readonly origin: string
  /** What lets another server answer for that origin: a certificate authority of its own, and the header `host`. */
  readonly beside: string
}

/** Undefined where the body names no place that anything could be sent to; the Schema then has something against it. */
export const secretPlace = (kind: EntityKind, body: unknown): SecretPlace | undefined => {
  if (!isDocument(body)) return undefined
  const origin = originOf(kind, body)
  return origin === undefined ? undefined : { origin, beside: JSON.stringify([hostHeader(body), body["ca"]]) }
}

const originOf = (kind: EntityKind, { baseUrl, endpoint, type }: Document): string | undefined => {
  if (kind === "destination") return urlOrigin(endpoint)
  if (kind !== "provider-account") return undefined
  return type === "fake" ? "the fake provider" : urlOrigin(baseUrl ?? defaultBaseUrl(type))
}

const urlOrigin = (text: unknown): string | undefined =>
  typeof text === "string" ? URL.parse(text)?.origin : undefined

const hostHeader = ({ headers }: Document): unknown =>
  isDocument(headers) ? Object.entries(headers).find(([name]) => name.toLowerCase() === "host")?.[1] : undefined

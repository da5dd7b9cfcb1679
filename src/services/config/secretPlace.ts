import { type Document, isDocument } from "./documentEntities.ts"
import type { EntityKind } from "./entities.ts"

/** Who gets the secrets of an entity. */
export interface SecretPlace {
  /** Scheme, host and port. */
  readonly origin: string
  /** Whom a server is believed to be by the name of, and by the word of, where that is not the origin's own. */
  readonly beside: string
}

/** Undefined where the body names no place that anything could be sent to, which the Schema has something against. */
export const secretPlace = (kind: EntityKind, body: unknown): SecretPlace | undefined => {
  if (!isDocument(body)) return undefined
  const origin = originOf(kind, body)
  // A header `host` picks another site behind the same origin, and a certificate authority another server.
  return origin === undefined ? undefined : { origin, beside: JSON.stringify([hostHeader(body), body["ca"] ?? null]) }
}

const originOf = (kind: EntityKind, body: Document): string | undefined => {
  if (kind === "destination") return urlOrigin(body["endpoint"])
  if (kind !== "provider-account") return undefined
  const { baseUrl, type } = body
  if (type === "fake") return "the fake provider"
  return urlOrigin(baseUrl ?? (type === "anthropic" ? "https://api.anthropic.com" : "https://api.openai.com"))
}

const urlOrigin = (text: unknown): string | undefined =>
  typeof text === "string" ? URL.parse(text)?.origin : undefined

const hostHeader = ({ headers }: Document): unknown => {
  const found = isDocument(headers) ? Object.entries(headers).find(([name]) => name.toLowerCase() === "host") : undefined
  return found?.[1] ?? null
}

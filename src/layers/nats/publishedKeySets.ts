import { hash } from "node:crypto"
import * as Schema from "effect/Schema"

/** An issuer's signing keys as the control plane fetched them. */
export const PublishedKeySet = Schema.Struct({
  url: Schema.String,
  /** Unix milliseconds. */
  fetchedAt: Schema.Number,
  document: Schema.String
})
export type PublishedKeySet = typeof PublishedKeySet.Type

const Json = Schema.fromJsonString(PublishedKeySet)
export const decodeKeySet = Schema.decodeUnknownOption(Json)
export const encodeKeySet = Schema.encodeSync(Json)

const PREFIX = "jwks."

export const isKeySetKey = (key: string): boolean => key.startsWith(PREFIX)
export const keySetKey = (url: string): string => `${PREFIX}${hash("sha256", url, "hex").slice(0, 24)}`

/** Gateways ask here for keys that their tokens name and the set lacks; the payload is the URL. */
export const REFRESH_SUBJECT = "spangate.jwks.refresh"

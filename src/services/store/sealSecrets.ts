import * as Base64Url from "effect/encoding/Base64Url"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { DocumentEntity } from "../config/documentEntities.ts"
import type { MasterKey } from "../config/MasterKey.ts"
import { mapSecrets } from "../config/secretPaths.ts"
import { SealedByAnotherKey } from "./SealedByAnotherKey.ts"

type Key = MasterKey["Service"]

const SEALED = "$sealed"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A secret moved to another entity or field does not open there. */
const placeOf = ({ kind, name }: DocumentEntity, path: ReadonlyArray<string>): string =>
  JSON.stringify([kind, name, ...path])

/** The body as stored: each secret is `{"$sealed": "<base64url>"}`, the rest is as it was. */
export const sealSecrets = (key: Key, entity: DocumentEntity): unknown =>
  mapSecrets(entity.kind, entity.body, (secret, path) => ({
    [SEALED]: Base64Url.encode(key.seal(placeOf(entity, path), encoder.encode(String(secret))))
  }))

/** The body with its secrets in the clear. */
export const openSecrets = (key: Key, entity: DocumentEntity): Result.Result<unknown, SealedByAnotherKey> => {
  let opens = true
  const body = mapSecrets(entity.kind, entity.body, (value, path) => {
    const sealed = bytesOf(value)
    const plain = sealed === undefined ? undefined : key.open(placeOf(entity, path), sealed)
    if (plain === undefined) opens = false
    return plain === undefined ? undefined : decoder.decode(plain)
  })
  return opens ? Result.succeed(body) : Result.fail(new SealedByAnotherKey({ kind: entity.kind, name: entity.name }))
}

/** Whether the key that seals now sealed all of its secrets. */
export const isSealedByCurrent = (key: Key, { body, kind }: DocumentEntity): boolean => {
  let current = true
  mapSecrets(kind, body, (value) => {
    const sealed = bytesOf(value)
    if (sealed === undefined || !key.isCurrent(sealed)) current = false
    return value
  })
  return current
}

const bytesOf = (value: unknown): Uint8Array | undefined =>
  Predicate.hasProperty(value, SEALED) && Predicate.isString(value[SEALED])
    ? Result.getOrUndefined(Base64Url.decode(value[SEALED]))
    : undefined

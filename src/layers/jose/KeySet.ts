import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { CryptoKey } from "jose"
import { importJWK } from "jose/key/import"
import type { JwtIssuer } from "../../services/config/CompiledConfig.ts"

type Algorithm = JwtIssuer["algorithms"][number]

/** The public keys an issuer signs with, imported. */
export interface KeySet {
  /** Equal for two documents with the same usable keys in the same order. */
  readonly fingerprint: string
  /** The key of that algorithm and id. A token without an id is served only where one key alone could be meant. */
  readonly find: (algorithm: string, kid: string | undefined) => CryptoKey | undefined
}

/** The document holds no key that could verify a token. */
export class InvalidKeySet extends Schema.TaggedError<InvalidKeySet>()("InvalidKeySet", {
  message: Schema.String
}) {}

const MAX_KEYS = 100
const MIN_RSA_BITS = 2048

const Document = Schema.fromJsonString(
  Schema.Struct({ keys: Schema.Array(Schema.Unknown).check(Schema.isMaxLength(MAX_KEYS)) })
)

const common = {
  kid: Schema.optionalKey(Schema.String),
  alg: Schema.optionalKey(Schema.String),
  use: Schema.optionalKey(Schema.String),
  key_ops: Schema.optionalKey(Schema.Array(Schema.String))
}

// Only public members are named, so a private part that was published by mistake is dropped in decoding.
const Jwk = Schema.Union([
  Schema.Struct({ ...common, kty: Schema.Literal("RSA"), n: Schema.String, e: Schema.String }),
  Schema.Struct({
    ...common,
    kty: Schema.Literal("EC"),
    crv: Schema.Literal("P-256"),
    x: Schema.String,
    y: Schema.String
  }),
  Schema.Struct({ ...common, kty: Schema.Literal("OKP"), crv: Schema.Literal("Ed25519"), x: Schema.String })
])

const decodeDocument = Schema.decodeUnknownEffect(Document)
const decodeJwk = Schema.decodeUnknownOption(Jwk)

const algorithmOf: { readonly [kty in (typeof Jwk.Type)["kty"]]: Algorithm } = {
  RSA: "RS256",
  EC: "ES256",
  OKP: "EdDSA"
}

const verifies = (jwk: typeof Jwk.Type): boolean =>
  (jwk.alg === undefined || jwk.alg === algorithmOf[jwk.kty]) &&
  (jwk.use === undefined || jwk.use === "sig") &&
  (jwk.key_ops === undefined || jwk.key_ops.includes("verify"))

interface ImportedKey {
  readonly jwk: typeof Jwk.Type
  readonly algorithm: Algorithm
  readonly key: CryptoKey
}

const importKey = (jwk: typeof Jwk.Type): Effect.Effect<Option.Option<ImportedKey>> => {
  const algorithm = algorithmOf[jwk.kty]
  const { key_ops: _, ...material } = jwk
  return Effect.tryPromise(() => importJWK(material, algorithm)).pipe(
    Effect.map((key) =>
      key instanceof Uint8Array || isShort(key) ? Option.none() : Option.some({ jwk, algorithm, key })
    ),
    // RFC 7517, section 5: a key that cannot be used is ignored, the others stand.
    Effect.orElseSucceed(() => Option.none())
  )
}

const isShort = (key: CryptoKey): boolean =>
  "modulusLength" in key.algorithm && Number(key.algorithm.modulusLength) < MIN_RSA_BITS

/** Reads a JWK Set. Keys of other kinds and uses are ignored; fails where none is left. */
export const parseKeySet = Effect.fnUntraced(function* (text: string): Effect.fn.Return<KeySet, InvalidKeySet> {
  const document = yield* decodeDocument(text).pipe(
    Effect.mapError(() => new InvalidKeySet({ message: "The answer is not a JWK Set" }))
  )
  const jwks = document.keys.flatMap((key) => Option.toArray(decodeJwk(key))).filter(verifies)
  const imported = (yield* Effect.forEach(jwks, importKey)).flatMap(Option.toArray)
  if (imported.length === 0) {
    return yield* new InvalidKeySet({ message: "The JWK Set holds no RS256, ES256 or EdDSA key" })
  }
  return {
    fingerprint: JSON.stringify(imported.map(({ jwk }) => jwk)),
    find: (algorithm, kid) => {
      const found = imported.filter((key) => key.algorithm === algorithm && (kid === undefined || key.jwk.kid === kid))
      return found.length === 1 ? found[0]?.key : undefined
    }
  }
})

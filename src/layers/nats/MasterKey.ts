import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** The master key is missing, too weak, or not the one that something was sealed with. */
export class MasterKeyWrong extends Schema.TaggedError<MasterKeyWrong>()("MasterKeyWrong", { reason: Schema.String }) {
  override get message(): string {
    return `SPANGATE_MASTER_KEY ${this.reason}`
  }
}

const VERSION = 1
const ID_BYTES = 4
const IV_BYTES = 12
const TAG_BYTES = 16
const HEAD = 1 + ID_BYTES + IV_BYTES + TAG_BYTES
const MIN_LENGTH = 32

interface Key {
  readonly id: Buffer
  readonly secret: Uint8Array
}

/**
 * Seals what leaves the process with AES-256-GCM, by a key derived from `SPANGATE_MASTER_KEY`. A sealed value begins
 * with the id of its key, so keys can be changed: the variable may list several, separated by commas; the first seals,
 * all open.
 */
export class MasterKey extends Context.Service<
  MasterKey,
  {
    /** The name is bound to the value: it opens under no other. */
    readonly seal: (name: string, plain: Uint8Array) => Uint8Array
    /** Undefined where none of the keys is the one, or the value was changed. */
    readonly open: (name: string, sealed: Uint8Array) => Uint8Array | undefined
    /** Whether it was sealed with the key that seals now. */
    readonly isCurrent: (sealed: Uint8Array) => boolean
  }
>()("spangate/layers/nats/MasterKey") {
  static readonly layer: Layer.Layer<MasterKey, MasterKeyWrong | Config.ConfigError> = Layer.effect(
    MasterKey,
    Effect.gen(function* () {
      const given = yield* Config.option(Config.Redacted("SPANGATE_MASTER_KEY"))
      const text = Option.isSome(given) ? Redacted.value(given.value) : ""
      if (text.trim() === "") {
        return yield* new MasterKeyWrong({
          reason: `is not set: it seals the configuration. Make one with "openssl rand -base64 32" and give all programs the same`
        })
      }
      const phrases = text.split(",").map((phrase) => phrase.trim())
      if (phrases.some((phrase) => phrase.length < MIN_LENGTH)) {
        return yield* new MasterKeyWrong({
          reason: `is shorter than ${MIN_LENGTH} characters. Make one with "openssl rand -base64 32"`
        })
      }
      const keys = phrases.map(derive)
      const [current] = keys
      return current === undefined
        ? yield* new MasterKeyWrong({ reason: "is empty" })
        : MasterKey.of({
            seal: (name, plain) => seal(current, name, plain),
            open: (name, sealed) => {
              const key = keys.find(({ id }) => sealedWith(sealed, id))
              return key === undefined ? undefined : open(key, name, sealed)
            },
            isCurrent: (sealed) => sealedWith(sealed, current.id)
          })
    })
  )
}

const derive = (phrase: string): Key => {
  const part = (purpose: string, bytes: number) =>
    new Uint8Array(hkdfSync("sha256", phrase, "spangate", purpose, bytes))
  return { id: Buffer.from(part("key id", ID_BYTES)), secret: part("aes-256-gcm", 32) }
}

const sealedWith = (sealed: Uint8Array, id: Buffer): boolean =>
  sealed.length >= HEAD && sealed[0] === VERSION && id.equals(sealed.subarray(1, 1 + ID_BYTES))

const seal = ({ id, secret }: Key, name: string, plain: Uint8Array): Uint8Array => {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv("aes-256-gcm", secret, iv).setAAD(Buffer.from(name))
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([Buffer.of(VERSION), id, iv, cipher.getAuthTag(), body])
}

const open = ({ secret }: Key, name: string, sealed: Uint8Array): Uint8Array | undefined => {
  const ivAt = 1 + ID_BYTES
  const tagAt = ivAt + IV_BYTES
  const decipher = createDecipheriv("aes-256-gcm", secret, sealed.subarray(ivAt, tagAt))
    .setAAD(Buffer.from(name))
    .setAuthTag(sealed.subarray(tagAt, HEAD))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(HEAD)), decipher.final()])
  } catch {
    return undefined
  }
}

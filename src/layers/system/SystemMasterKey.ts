import { join } from "node:path"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { MasterKey, MasterKeyWrong } from "../../services/config/MasterKey.ts"
import { readOrMakeKeyFile } from "./masterKeyFile.ts"
import { sealingWith } from "./sealing.ts"

const MIN_LENGTH = 32

const advice = `Make one with "openssl rand -base64 32"`

/** What `SPANGATE_MASTER_KEY` says, which may be several keys, separated by commas. */
export const layer: Layer.Layer<MasterKey, MasterKeyWrong | Config.ConfigError> = Layer.effect(
  MasterKey,
  Effect.gen(function* () {
    const key = yield* fromEnvironment
    return Option.isSome(key)
      ? key.value
      : yield* new MasterKeyWrong({
          reason: `is not set: it seals the configuration. ${advice} and give all programs the same`
        })
  })
)

/**
 * What `SPANGATE_MASTER_KEY` says, else the key in `<directory>/master.key`, which is made at the first start and never
 * replaced. Who can read that file can read the secrets that are stored beside it: it is its owner's only.
 */
export const layerWithFile = (directory: string): Layer.Layer<MasterKey, MasterKeyWrong | Config.ConfigError> =>
  Layer.effect(
    MasterKey,
    Effect.gen(function* () {
      const key = yield* fromEnvironment
      return Option.isSome(key) ? key.value : yield* fromFile(join(directory, "master.key"))
    })
  )

const phrasesOf = (text: string) => text.split(",").map((phrase) => phrase.trim())

const fromEnvironment = Effect.gen(function* () {
  const given = yield* Config.option(Config.Redacted("SPANGATE_MASTER_KEY"))
  const text = Option.isSome(given) ? Redacted.value(given.value) : ""
  if (text.trim() === "") return Option.none()
  const [first = "", ...others] = phrasesOf(text)
  if ([first, ...others].some((phrase) => phrase.length < MIN_LENGTH)) {
    return yield* new MasterKeyWrong({ reason: `is shorter than ${MIN_LENGTH} characters. ${advice}` })
  }
  return Option.some(sealingWith(first, others))
})

const fromFile = Effect.fnUntraced(function* (file: string) {
  const text = yield* Effect.tryPromise({
    try: () => readOrMakeKeyFile(file),
    catch: (cause) => {
      const code = Predicate.hasProperty(cause, "code") ? String(cause.code) : "unknown"
      return new MasterKeyWrong({
        source: file,
        reason: `cannot be read or made (${code}). Let this program's user read it, or set SPANGATE_MASTER_KEY`
      })
    }
  })
  const [first = "", ...others] = phrasesOf(text)
  // Cut or changed, it would pass for another key, and the secrets for those of somebody else.
  if (![first, ...others].every((phrase) => /^[A-Za-z0-9_-]{43}$/.test(phrase))) {
    return yield* new MasterKeyWrong({
      source: file,
      reason:
        "is damaged: it should hold 43 letters, digits, - and _. Restore it, for without it the stored secrets cannot be read"
    })
  }
  return sealingWith(first, others)
})

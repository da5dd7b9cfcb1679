import { hash } from "node:crypto"
import { mkdir, readFile, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** A document as its identity provider gave it, kept so that a restart while the provider is down still serves. */
export class SavedKeySet extends Schema.Class<SavedKeySet>("spangate/layers/jose/SavedKeySet")({
  issuer: Schema.String,
  url: Schema.String,
  /** Unix milliseconds. */
  fetchedAt: Schema.Number,
  document: Schema.String
}) {}

const Saved = Schema.fromJsonString(SavedKeySet)
const decode = Schema.decodeUnknownEffect(Saved)
const encode = Schema.encodeEffect(Saved)

const fileOf = (directory: string, issuer: string, url: string): string =>
  join(directory, `jwks-${hash("sha256", JSON.stringify([issuer, url]), "hex").slice(0, 32)}.json`)

/** None where there is no copy, or none that can be read. */
export const readKeySet = (directory: string, issuer: string, url: string): Effect.Effect<Option.Option<SavedKeySet>> =>
  Effect.tryPromise(() => readFile(fileOf(directory, issuer, url), "utf8")).pipe(
    Effect.flatMap(decode),
    Effect.filterOrFail((saved) => saved.issuer === issuer && saved.url === url),
    Effect.option
  )

/** Only this user can read or change the file: whoever can write it decides which tokens hold. */
export const writeKeySet = (directory: string, saved: SavedKeySet): Effect.Effect<void> =>
  encode(saved).pipe(
    Effect.flatMap((text) =>
      Effect.tryPromise(async () => {
        const file = fileOf(directory, saved.issuer, saved.url)
        await mkdir(directory, { recursive: true, mode: 0o700 })
        await writeFile(`${file}.new`, text, { mode: 0o600 })
        await rename(`${file}.new`, file)
      })
    ),
    Effect.ignoreCause({ log: "Warn", message: "signing keys not saved" })
  )

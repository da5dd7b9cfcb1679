import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Section } from "./entities.ts"

// A value of the wrong type becomes undefined, and its neighbours keep their places.
const lenient = <S extends Schema.Constraint & { readonly DecodingServices: never }>(schema: S) =>
  Schema.UndefinedOr(schema).pipe(Schema.catchDecoding(() => Effect.succeedSome(undefined)))

const text = Schema.optionalKey(lenient(Schema.String))

const list = <S extends Schema.Constraint & { readonly DecodingServices: never }>(item: S) =>
  Schema.optionalKey(lenient(Schema.Array(lenient(item))))

const texts = list(Schema.String)

const entries = {
  "provider-account": Schema.Struct({
    name: text,
    type: text,
    baseUrl: text,
    apiKey: text,
    apiVersion: text,
    models: list(Schema.Struct({ name: text }))
  }),
  "virtual-model": Schema.Struct({
    name: text,
    routing: Schema.optionalKey(
      lenient(
        Schema.Struct({
          type: text,
          targets: list(Schema.Struct({ model: text, weight: Schema.optionalKey(lenient(Schema.Number)) }))
        })
      )
    )
  }),
  token: Schema.Struct({ subject: text, teams: texts, sha256: text, models: texts }),
  "jwt-issuer": Schema.Struct({ issuer: text, teamsClaim: text, models: texts }),
  team: Schema.Struct({ name: text, models: texts }),
  subject: Schema.Struct({ subject: text, teams: texts, models: texts }),
  "admin-token": Schema.Struct({ name: text, sha256: text }),
  "admin-issuer": Schema.Struct({ issuer: text }),
  destination: Schema.Struct({
    name: text,
    endpoint: text,
    protocol: text,
    encoding: text,
    exporter: text,
    headers: Schema.optionalKey(lenient(Schema.Record(Schema.String, Schema.Unknown))),
    clientCertificate: text,
    clientKey: text,
    redaction: Schema.optionalKey(lenient(Schema.Struct({ mask: list(Schema.Struct({ kind: text, pattern: text })) }))),
    sampling: Schema.optionalKey(
      lenient(Schema.Struct({ parent: text, unsampledRate: Schema.optionalKey(lenient(Schema.Number)) }))
    )
  })
}

type Kind = Section["kind"]

/**
 * What an entity says of others, read from one that may be broken elsewhere. Whatever does not fit is undefined here:
 * it is the Schema's to report.
 */
export type EntryOutline<K extends Kind> = (typeof entries)[K]["Type"]

/** The entries of each section at their places; none where the document has no list of them. */
export type Outline = { readonly [K in Kind]: ReadonlyArray<EntryOutline<K> | undefined> }

const decoderOf = <S extends Schema.Constraint & { readonly DecodingServices: never }>(schema: S) =>
  Schema.decodeUnknownSync(lenient(schema))

const decoders: { readonly [K in Kind]: (entry: unknown) => EntryOutline<K> | undefined } = {
  "provider-account": decoderOf(entries["provider-account"]),
  "virtual-model": decoderOf(entries["virtual-model"]),
  token: decoderOf(entries.token),
  "jwt-issuer": decoderOf(entries["jwt-issuer"]),
  team: decoderOf(entries.team),
  subject: decoderOf(entries.subject),
  "admin-token": decoderOf(entries["admin-token"]),
  "admin-issuer": decoderOf(entries["admin-issuer"]),
  destination: decoderOf(entries.destination)
}

/** Never throws. */
export const outlineEntry = <K extends Kind>(kind: K, entry: unknown): EntryOutline<K> | undefined =>
  decoders[kind](entry)

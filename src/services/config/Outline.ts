import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

// A value of the wrong type becomes undefined, and its neighbours keep their places.
const lenient = <S extends Schema.Constraint & { readonly DecodingServices: never }>(schema: S) =>
  Schema.UndefinedOr(schema).pipe(Schema.catchDecoding(() => Effect.succeedSome(undefined)))

const text = Schema.optionalKey(lenient(Schema.String))

const list = <S extends Schema.Constraint & { readonly DecodingServices: never }>(item: S) =>
  Schema.optionalKey(lenient(Schema.Array(lenient(item))))

const texts = list(Schema.String)

/**
 * What entities say of each other, read from a document that may be broken elsewhere.
 * Whatever does not fit is undefined here: it is the Schema's to report, and lists keep their indexes.
 */
export const Outline = Schema.Struct({
  providerAccounts: list(
    Schema.Struct({
      name: text,
      type: text,
      baseUrl: text,
      apiKey: text,
      apiVersion: text,
      models: list(Schema.Struct({ name: text }))
    })
  ),
  virtualModels: list(
    Schema.Struct({
      name: text,
      routing: Schema.optionalKey(
        lenient(
          Schema.Struct({
            type: text,
            targets: list(Schema.Struct({ model: text, weight: Schema.optionalKey(lenient(Schema.Number)) }))
          })
        )
      )
    })
  ),
  access: Schema.optionalKey(
    lenient(
      Schema.Struct({
        tokens: list(Schema.Struct({ subject: text, teams: texts, sha256: text, models: texts })),
        jwt: list(Schema.Struct({ issuer: text, teamsClaim: text, models: texts })),
        teams: list(Schema.Struct({ name: text, models: texts })),
        subjects: list(Schema.Struct({ subject: text, teams: texts, models: texts }))
      })
    )
  ),
  admin: Schema.optionalKey(
    lenient(
      Schema.Struct({
        tokens: list(Schema.Struct({ name: text, sha256: text })),
        jwt: list(Schema.Struct({ issuer: text }))
      })
    )
  ),
  otel: Schema.optionalKey(
    lenient(
      Schema.Struct({
        destinations: list(
          Schema.Struct({
            name: text,
            endpoint: text,
            protocol: text,
            encoding: text,
            exporter: text,
            headers: Schema.optionalKey(lenient(Schema.Record(Schema.String, Schema.Unknown))),
            clientCertificate: text,
            clientKey: text,
            redaction: Schema.optionalKey(
              lenient(Schema.Struct({ mask: list(Schema.Struct({ kind: text, pattern: text })) }))
            ),
            sampling: Schema.optionalKey(
              lenient(Schema.Struct({ parent: text, unsampledRate: Schema.optionalKey(lenient(Schema.Number)) }))
            )
          })
        )
      })
    )
  )
})

export type Outline = typeof Outline.Type

const decode = Schema.decodeUnknownSync(lenient(Outline))

/** Never throws. */
export const outlineOf = (document: unknown): Outline => decode(document) ?? {}

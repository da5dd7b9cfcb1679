import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { patternCost } from "./patternCost.ts"

// The kinds of value a configuration is made of. Messages never quote the value: it may be a secret in the wrong place.

/** A key that may be left out, and the value that then counts. */
export const withDefault = <S extends Schema.Constraint>(schema: S, value: S["Encoded"]) =>
  Schema.withDecodingDefaultKey<S>(Effect.succeed(value))(schema)

const matching = (pattern: RegExp, message: string) => Schema.String.check(Schema.isPattern(pattern, { message }))

export const Text = matching(/\S/, "is empty, write something or remove the key")

export const AccountName = matching(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  'is no valid name, use up to 63 letters, digits, ".", "_" and "-", a letter or digit first'
)

export const ModelName = matching(
  /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,126}$/,
  'is no valid model name, use up to 127 letters, digits, ".", "_", ":", "@" and "-"; the provider\'s own name goes into "id"'
)

export const VirtualModelName = matching(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}\/[A-Za-z0-9][A-Za-z0-9._:@-]{0,126}$/,
  "is no valid virtual model name, write it as group/name, for example prod/chat"
)

/** Also the name of a consumer of the trace bus, where a dot has a meaning. */
export const DestinationName = matching(
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
  'is no valid name, use up to 63 letters, digits, "_" and "-", a letter or digit first'
)

export const Sha256 = matching(
  /^[0-9a-fA-F]{64}$/,
  'is no SHA-256, write the 64 hex digits that `printf %s "$TOKEN" | sha256sum` prints'
)

const urlReason = (text: string): string | undefined => {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    return "is no URL, it must begin with https:// or http://"
  if (url.username !== "" || url.password !== "") return "has a user or password in the URL, put it into headers"
  return undefined
}

export const HttpUrl = Schema.String.check(Schema.makeFilter(urlReason))

/** A link with a place for the trace's id. */
export const TraceUrl = Schema.String.check(
  Schema.makeFilter(
    (text) =>
      urlReason(text) ?? (text.includes("{traceId}") ? undefined : "has no {traceId}, write it where the id belongs")
  )
)

export const BaseUrl = Schema.String.check(
  Schema.makeFilter(
    (text) => urlReason(text) ?? (/[?#]/.test(text) ? 'has a "?" or "#", end it with the path' : undefined)
  )
)

const isHeaderValue = Schema.isPattern(/^[\t\x20-\x7e\x80-\xff]+$/, {
  message: "is empty or holds a character that no header can carry (a line end?)"
})

/** Sent as a header value. */
export const Secret = Schema.RedactedFromValue(Schema.String.check(isHeaderValue))

// What undici owns; a request with one of them fails before it is sent.
const ownedByTransport = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade"
])

export const Headers = Schema.Record(Schema.String, Secret).check(
  Schema.makeFilter((headers) => {
    const seen = new Set<string>()
    for (const name of Object.keys(headers)) {
      const lower = name.toLowerCase()
      if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(lower)) return "has a name that no header can have"
      if (ownedByTransport.has(lower)) return `has ${lower}, which is the connection's own, remove it`
      if (seen.has(lower)) return `has ${lower} twice, remove one`
      seen.add(lower)
    }
    return undefined
  })
)

/** Resource attributes. */
export const Attributes = Schema.Record(Schema.String, Schema.String)

export const intBetween = (minimum: number, maximum: number) =>
  Schema.Number.check(
    Schema.makeFilter((value) => Number.isInteger(value) && value >= minimum && value <= maximum, {
      message: `must be a whole number from ${minimum} to ${maximum}`
    })
  )

/** A day is the most: a longer timer would overflow the runtime's. */
export const Milliseconds = intBetween(1, 86_400_000)

export const NotNegative = Schema.Number.check(
  Schema.isBetween({ minimum: 0, maximum: Number.MAX_VALUE }, { message: "must be 0 or more" })
)

export const ErrorStatusCodes = Schema.Array(intBetween(400, 599))

export const ModelPatterns = Schema.Array(Text).check(
  Schema.isMinLength(1, { message: 'is empty, name a model or write "*" for all' })
)

/** From 0 to 1. */
export const Share = Schema.Number.check(
  Schema.isBetween({ minimum: 0, maximum: 1 }, { message: "is no share, write a number from 0 to 1" })
)

/** A try that fails costs at most this many comparisons, so that no text can make a search slow. */
const MAX_PATTERN_STEPS = 500

const expressionReason = (text: string): string | undefined => {
  try {
    new RegExp(text, "gu")
  } catch {
    return "is no valid regular expression"
  }
  const { shortest, steps } = patternCost(text)
  if (shortest === 0) return "matches the empty text, it would mask everything"
  return steps > MAX_PATTERN_STEPS
    ? "may search some texts for too long, give repeats a short bound ({1,20} instead of +), and use few of them"
    : undefined
}

/** The source of a regular expression, as `new RegExp(text, "gu")` reads it, whose search takes linear time on any text. */
export const RegularExpression = Schema.String.check(Schema.makeFilter(expressionReason))

/** Of TLS. Unlike a `Secret` it has lines. */
export const PrivateKey = Schema.RedactedFromValue(Text)

import { createHash } from "node:crypto"

const seed = process.env["PROPERTY_SEED"] ?? "spangate"

const digits = (...names: ReadonlyArray<string>): string =>
  createHash("sha256")
    .update([seed, ...names].join("\n"))
    .digest("hex")

/** Where words of a caller or of a provider stand. Exclude Request Data promises that none of them leaves. */
const contentPlaces = [
  "system",
  "prompt",
  "tool description",
  "tool parameter",
  "tool arguments",
  "tool result",
  "completion",
  "file URL",
  "file data",
  "stop sequence",
  "embedding input",
  "error body",
  "error page",
  "error in a stream"
] as const

const neverPlaces = ["query", "body that is no JSON", "error code that is none"] as const

export type Place = (typeof contentPlaces)[number] | (typeof neverPlaces)[number] | "metadata"

/** Words that stand nowhere else in the world, each in its place: if one turns up, it is known what leaked. */
export interface Words {
  readonly content: ReadonlyMap<Place, string>
  /** `x-tfy-metadata`, the client's own: stays with Exclude Request Data. */
  readonly metadata: string
  /** What leaves in no mode: a URL's query, a body that is no JSON, a sentence where a provider's error code should be. */
  readonly never: ReadonlyMap<Place, string>
  /** The word, and beside it a key and an address that only it has. */
  readonly said: (place: Place) => string
  /** The keys and addresses, by place. */
  readonly shaped: ReadonlyMap<Place, ReadonlyArray<string>>
}

/** The same for the same name and `PROPERTY_SEED`. */
export const wordsOf = (name: string): Words => {
  const word = (place: Place) => `canary${digits(name, place).slice(0, 20)}`
  const key = (place: Place) => `sk-canary${digits(name, place, "key").slice(0, 30)}`
  const email = (place: Place) => `c${digits(name, place, "email").slice(0, 20)}@canary.example.org`
  const content = new Map<Place, string>(contentPlaces.map((place) => [place, word(place)]))
  return {
    content,
    metadata: word("metadata"),
    never: new Map(neverPlaces.map((place) => [place, word(place)])),
    said: (place) => `${word(place)} ${key(place)} ${email(place)}`,
    shaped: new Map([...contentPlaces, "metadata" as const].map((place) => [place, [key(place), email(place)]]))
  }
}

/** Credentials of the gateway itself: they leave in no mode and lie on no disk. */
export const secrets = {
  token: `sg-${digits("token")}`,
  wrongToken: `sg-${digits("wrong token")}`,
  openAi: `sk-${digits("openai")}`,
  anthropic: `sk-ant-${digits("anthropic")}`,
  refusing: `sk-${digits("refusing")}`,
  destination: digits("destination"),
  cookie: digits("cookie"),
  jwt: `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.${digits("jwt")}`
}

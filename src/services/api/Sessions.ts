import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { MasterKey } from "../config/MasterKey.ts"
import { sha256 } from "../trace/sha256.ts"
import { Role } from "./Actor.ts"
import type { Credential } from "./Admins.ts"

const HOURS_12_MS = 12 * 60 * 60 * 1000

/** Longer than any of ours. */
const MAX_COOKIE_LENGTH = 4096

/** Over it the one that was ended first is forgotten. */
const MAX_ENDED = 10_000

export interface OpenSession {
  readonly credential: Credential
  /** What a changing request must send along; whoever has only the cookie cannot know it. */
  readonly csrf: string
  /** Unix milliseconds. */
  readonly expiresAt: number
}

/**
 * Sessions of the dashboard, kept by nobody but the browser: the cookie is sealed with the master key, so any control
 * plane reads it, also after a restart, and nobody else reads or makes one.
 */
export class Sessions extends Context.Service<
  Sessions,
  {
    /** A cookie's value, good for 12 hours, or as long as the JWT is. `now` is Unix milliseconds. */
    readonly issue: (credential: Credential, now: number) => OpenSession & { readonly cookie: string }
    /** None for what we have not sealed, and for what has ended. */
    readonly read: (cookie: string, now: number) => Option.Option<OpenSession>
    /** Ends the one with this CSRF value here, before its time. Another control plane, or this one after a restart, does not know of it. */
    readonly end: (csrf: string) => void
  }
>()("spangate/services/api/Sessions") {
  static readonly layer: Layer.Layer<Sessions, never, MasterKey> = Layer.effect(Sessions, Effect.map(MasterKey, make))
}

/** The seal is bound to it: nothing else that the key sealed is a session. */
const PURPOSE = "session"

const Sealed = Schema.fromJsonString(
  Schema.Struct({
    actor: Schema.String,
    role: Role,
    source: Schema.Union([
      Schema.Struct({ type: Schema.Literal("root"), sha256: Schema.String }),
      Schema.Struct({ type: Schema.Literal("token"), sha256: Schema.String }),
      Schema.Struct({ type: Schema.Literal("jwt"), issuer: Schema.String })
    ]),
    expiresAt: Schema.Finite
  })
)

const encode = Schema.encodeSync(Sealed)
const decode = Schema.decodeUnknownOption(Sealed)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

function make(key: MasterKey["Service"]): Sessions["Service"] {
  const ended = new Set<string>()
  return {
    issue: ({ actor, expiresAt: ends, role, source }, now) => {
      const expiresAt = Math.min(now + HOURS_12_MS, ends ?? Number.POSITIVE_INFINITY)
      const credential = { actor, role, source, expiresAt }
      const cookie = Base64Url.encode(key.seal(PURPOSE, encoder.encode(encode(credential))))
      return { cookie, credential, csrf: csrfOf(cookie), expiresAt }
    },
    read: (cookie, now) => {
      if (cookie.length > MAX_COOKIE_LENGTH) return Option.none()
      const sealed = Result.getOrUndefined(Base64Url.decode(cookie))
      const plain = sealed === undefined ? undefined : key.open(PURPOSE, sealed)
      if (sealed === undefined || plain === undefined) return Option.none()
      // Of the bytes, which may be spelled in several ways.
      const csrf = csrfOf(Base64Url.encode(sealed))
      return Option.map(
        Option.filter(decode(decoder.decode(plain)), ({ expiresAt }) => now < expiresAt && !ended.has(csrf)),
        (credential) => ({ credential, csrf, expiresAt: credential.expiresAt })
      )
    },
    end: (csrf) => {
      ended.add(csrf)
      for (const oldest of ended) {
        if (ended.size <= MAX_ENDED) break
        ended.delete(oldest)
      }
    }
  }
}

const csrfOf = (cookie: string): string => sha256(`csrf ${cookie}`).slice(0, 32)

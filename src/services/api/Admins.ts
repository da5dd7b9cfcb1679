import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { AdminAccess } from "../config/CompiledConfig.ts"
import { AdminIssuer, AdminToken } from "../config/GatewayConfig.ts"
import { ConfigStore, type Entity, type ReadFailure } from "../store/ConfigStore.ts"
import { sha256 } from "../trace/sha256.ts"
import type { Role } from "./Actor.ts"
import { AdminJwt } from "./AdminJwt.ts"
import { sameText } from "./sameText.ts"

/** By what somebody is known: a session lives no longer than it does. */
export interface Credential {
  /** `admin`, `token:ci`, `jwt:alice@acme.io`. */
  readonly actor: string
  readonly role: Role
  /** Names the token or issuer in the configuration; no secret. */
  readonly source: Source
  /** Unix milliseconds; absent of tokens. */
  readonly expiresAt?: number
}

export type Source =
  | { readonly type: "root"; readonly sha256: string }
  | { readonly type: "token"; readonly sha256: string }
  | { readonly type: "jwt"; readonly issuer: string }

/** Not one of those who may operate. The message is for whoever tried, and quotes nothing. */
export class NotAnAdmin extends Schema.TaggedError<NotAnAdmin>()("NotAnAdmin", { message: Schema.String }) {}

/**
 * Those who may operate, from memory: the program's own admin token, and the `admin` section of the configuration in
 * force. A change is known as soon as `ConfigStore.heads` tells of it; when the store is away, what was known holds.
 */
export class Admins extends Context.Service<
  Admins,
  {
    /** Whose a token or JWT is. */
    readonly identify: (token: string) => Effect.Effect<Credential, NotAnAdmin>
    /** The role that a credential has now; undefined once it was revoked. */
    readonly roleOf: (credential: Credential) => Role | undefined
    /** Whether with these entities in force anybody could still come in as an admin. */
    readonly remain: (entities: ReadonlyArray<Pick<Entity, "kind" | "body">>) => boolean
    /** Reads the configuration now: after a change of one's own, say. */
    readonly refresh: Effect.Effect<void>
  }
>()("spangate/services/api/Admins") {
  /** `rootSha256` is the program's own admin token's, in lower-case hex; undefined where there is none. */
  static readonly layer = (rootSha256: string | undefined): Layer.Layer<Admins, never, ConfigStore | AdminJwt> =>
    Layer.effect(Admins, make(rootSha256))
}

const make = Effect.fnUntraced(function* (rootSha256: string | undefined) {
  const store = yield* ConfigStore
  const jwt = yield* AdminJwt
  const root = rootSha256?.toLowerCase()
  let access: AdminAccess = { tokens: new Map(), issuers: new Map() }

  const read = Effect.map(store.snapshot, ({ entities }) => {
    access = accessOf(entities)
  })
  const notRead = ({ message }: ReadFailure) =>
    Effect.logWarning("those who may operate are not read anew", { reason: message })
  const refresh = Effect.catch(read, notRead)
  yield* refresh
  yield* store.heads.pipe(
    // Until it is read: it may have revoked somebody, and the next one may be long in coming.
    Stream.runForEach(() => read.pipe(Effect.tapError(notRead), Effect.retry(AGAIN), Effect.ignore)),
    Effect.forkScoped
  )

  const known = (digest: string): Credential | undefined => {
    if (root !== undefined && sameText(root, digest)) {
      return { actor: "admin", role: "admin", source: { type: "root", sha256: digest } }
    }
    let found: Credential | undefined
    // Every one of them, so that the time taken says nothing of how near a guess was.
    for (const [sha, { name, role }] of access.tokens) {
      if (sameText(sha, digest)) found = { actor: `token:${name}`, role, source: { type: "token", sha256: sha } }
    }
    return found
  }

  return Admins.of({
    identify: (token) => {
      const credential = known(sha256(token))
      if (credential !== undefined) return Effect.succeed(credential)
      if (!looksLikeJwt(token)) return new NotAnAdmin({ message: UNKNOWN })
      return jwt.verify(token, access.issuers).pipe(
        Effect.map(
          ({ expiresAt, issuer, role, subject }): Credential => ({
            actor: `jwt:${subject}`,
            role,
            source: { type: "jwt", issuer },
            expiresAt
          })
        ),
        Effect.mapError(({ message }) => new NotAnAdmin({ message }))
      )
    },
    roleOf: ({ role, source }) => {
      if (source.type === "root") return root !== undefined && sameText(root, source.sha256) ? role : undefined
      if (source.type === "token") return access.tokens.get(source.sha256)?.role
      return access.issuers.has(source.issuer) ? role : undefined
    },
    remain: (entities) => {
      if (root !== undefined) return true
      const { issuers, tokens } = accessOf(entities)
      return issuers.size > 0 || [...tokens.values()].some(({ role }) => role === "admin")
    },
    refresh
  })
})

/** The store comes back. */
const AGAIN = Schedule.jittered(Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("5 seconds")]))

const UNKNOWN =
  "This token is not known here. Check that it was copied whole and was not revoked; it is an admin token, not one of the gateway's."

const looksLikeJwt = (token: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)

const decodeToken = Schema.decodeUnknownResult(AdminToken)
const decodeIssuer = Schema.decodeUnknownResult(AdminIssuer)

// Not by `compile`: a configuration that this program cannot serve must not lock out whoever would mend it.
const accessOf = (entities: ReadonlyArray<Pick<Entity, "kind" | "body">>): AdminAccess => {
  const tokens = new Map<string, { readonly name: string; readonly role: Role }>()
  const issuers = new Map<string, AdminIssuer>()
  for (const { body, kind } of entities) {
    if (kind === "admin-token") {
      const token = Option.getOrUndefined(Result.getSuccess(decodeToken(body)))
      if (token !== undefined) tokens.set(token.sha256.toLowerCase(), { name: token.name, role: token.role })
    }
    if (kind === "admin-issuer") {
      const issuer = Option.getOrUndefined(Result.getSuccess(decodeIssuer(body)))
      if (issuer !== undefined) issuers.set(issuer.issuer, issuer)
    }
  }
  return { tokens, issuers }
}

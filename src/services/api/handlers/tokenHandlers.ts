import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { AccessToken } from "../../config/GatewayConfig.ts"
import { ConfigStore, type Entity } from "../../store/ConfigStore.ts"
import { RevisionLog } from "../../store/RevisionLog.ts"
import { sha256 } from "../../trace/sha256.ts"
import { Actor } from "../Actor.ts"
import { Audit } from "../Audit.ts"
import { NotFound } from "../problems.ts"
import { SpangateApi } from "../SpangateApi.ts"
import { unavailable } from "./storeProblems.ts"
import { makeWriteConfig, type Write } from "./writeConfig.ts"

const TOKEN_BYTES = 32
const ID_DIGITS = 16
/** A token is added to, or taken from, whatever is in force: somebody else's change in between is no conflict. */
const TRIES = 5
/** There are as many as tokens were made one by one. */
const READS_AT_ONCE = 8

const decode = Schema.decodeUnknownOption(AccessToken)

export const tokenHandlers = HttpApiBuilder.group(
  SpangateApi,
  "tokens",
  Effect.fnUntraced(function* (handlers) {
    const store = yield* ConfigStore
    const log = yield* RevisionLog
    const random = yield* SecureRandom.SecureRandom
    const audit = yield* Audit
    const write = yield* makeWriteConfig

    const stored = Effect.map(Effect.mapError(store.snapshot, unavailable), ({ entities }) =>
      entities.filter(({ kind }) => kind === "token")
    )
    const writeNow = (change: Omit<Write, "base" | "dryRun">) =>
      write({ ...change, base: undefined, dryRun: false }).pipe(
        Effect.retry({ times: TRIES, while: ({ _tag }) => _tag === "Conflict" })
      )

    const datesOf = Effect.fnUntraced(function* (tokens: ReadonlyArray<Entity>) {
      const revisions = [...new Set(tokens.map(({ revision }) => revision))]
      const infos = yield* Effect.forEach(
        revisions,
        (revision) => Effect.mapError(log.revision(revision), unavailable),
        { concurrency: READS_AT_ONCE }
      )
      return new Map(infos.flatMap(Option.toArray).map(({ at, revision }) => [revision, at]))
    })

    return handlers.handleAll({
      list: Effect.fnUntraced(function* () {
        const tokens = yield* stored
        const dates = yield* datesOf(tokens)
        return tokens.flatMap(({ body, name, revision }) => {
          const token = Option.getOrUndefined(decode(body))
          const createdAt = dates.get(revision)
          if (token === undefined) return []
          return {
            id: name.slice(0, ID_DIGITS),
            subject: token.subject,
            teams: token.teams,
            ...(token.models === undefined ? {} : { models: token.models }),
            ...(createdAt === undefined ? {} : { createdAt })
          }
        })
      }),
      create: Effect.fnUntraced(function* ({ payload: { models, subject, teams = [] } }) {
        const token = `sg-${Base64Url.encode(yield* random.randomBytes(TOKEN_BYTES))}`
        const name = sha256(token)
        const id = name.slice(0, ID_DIGITS)
        const body = {
          subject,
          ...(teams.length === 0 ? {} : { teams }),
          sha256: name,
          ...(models === undefined ? {} : { models })
        }
        const { revision } = yield* writeNow({
          changes: [{ action: "put", kind: "token", name, body }],
          note: `token ${id} for ${subject}`
        })
        const actor = yield* Actor
        yield* audit.note({ actor: actor.name, action: "token_created", target: id, detail: subject })
        return { id, subject, teams, ...(models === undefined ? {} : { models }), token, revision }
      }),
      revoke: Effect.fnUntraced(function* ({ params: { id } }) {
        const names = (yield* stored).map(({ name }) => name).filter((name) => name.startsWith(id))
        if (names.length === 0) return yield* new NotFound({ detail: "There is no token with this id." })
        const result = yield* writeNow({
          changes: names.map((name) => ({ action: "delete", kind: "token", name })),
          note: `token ${id} revoked`
        })
        const actor = yield* Actor
        yield* audit.note({ actor: actor.name, action: "token_revoked", target: id })
        return result
      })
    })
  })
)

import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Option from "effect/Option"
import { ConfigStore, type EntityDiff } from "../../store/ConfigStore.ts"
import { RevisionLog } from "../../store/RevisionLog.ts"
import { Actor, type Role } from "../Actor.ts"
import { NotFound } from "../problems.ts"
import { SpangateApi } from "../SpangateApi.ts"
import { withoutAdminHash } from "../withoutAdminHash.ts"
import { unavailable } from "./storeProblems.ts"
import { makeWriteConfig } from "./writeConfig.ts"

const PAGE = 50

const missing = (revision: number): NotFound => new NotFound({ detail: `There is no revision ${revision}.` })

const shownTo = (role: Role, { action, kind, name, ...bodies }: EntityDiff): EntityDiff => ({
  kind,
  name,
  action,
  ...("before" in bodies ? { before: withoutAdminHash(role, kind, bodies.before) } : {}),
  ...("after" in bodies ? { after: withoutAdminHash(role, kind, bodies.after) } : {})
})

export const revisionHandlers = HttpApiBuilder.group(
  SpangateApi,
  "revisions",
  Effect.fnUntraced(function* (handlers) {
    const store = yield* ConfigStore
    const log = yield* RevisionLog
    const write = yield* makeWriteConfig

    return handlers.handleAll({
      list: ({ query: { before, limit = PAGE } }) =>
        Effect.mapError(store.revisions({ limit, ...(before === undefined ? {} : { before }) }), unavailable),
      get: Effect.fnUntraced(function* ({ params: { revision } }) {
        const info = yield* Effect.mapError(log.revision(revision), unavailable)
        const diffs = yield* Effect.mapError(store.diff(revision), unavailable)
        if (Option.isNone(info) || Option.isNone(diffs)) return yield* missing(revision)
        const { role } = yield* Actor
        return { info: info.value, diffs: diffs.value.map((diff) => shownTo(role, diff)) }
      }),
      restore: Effect.fnUntraced(function* ({ params: { revision }, payload: { base, dryRun = false } }) {
        const changes = yield* Effect.mapError(store.restoration(revision), unavailable)
        if (Option.isNone(changes)) return yield* missing(revision)
        return yield* write({ base, changes: changes.value, note: `restores revision ${revision}`, dryRun })
      })
    })
  })
)

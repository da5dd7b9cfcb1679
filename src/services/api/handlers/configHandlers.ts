import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { fromEntities } from "../../config/documentEntities.ts"
import { maskSecrets } from "../../config/maskSecrets.ts"
import { ConfigStore, type Entity } from "../../store/ConfigStore.ts"
import { Actor } from "../Actor.ts"
import { NotFound } from "../problems.ts"
import { SpangateApi } from "../SpangateApi.ts"
import { withoutAdminHash } from "../withoutAdminHash.ts"
import { unavailable } from "./storeProblems.ts"
import { makeWriteConfig } from "./writeConfig.ts"

const shownTo =
  ({ role }: Actor["Service"]) =>
  (entity: Entity): Entity => ({
    ...entity,
    body: withoutAdminHash(role, entity.kind, maskSecrets(entity.kind, entity.body))
  })

/** Tokens are named by their hash, in lower case. */
const canonical = ({ kind, name }: Pick<Entity, "kind" | "name">): string =>
  kind === "token" ? name.toLowerCase() : name

/** A document applied to whatever is in force is planned anew when that changes meanwhile. */
const TRIES = 5

const missing = ({ kind }: Pick<Entity, "kind">): NotFound =>
  new NotFound({ detail: `There is no ${kind} with this name.` })

export const configHandlers = HttpApiBuilder.group(
  SpangateApi,
  "config",
  Effect.fnUntraced(function* (handlers) {
    const store = yield* ConfigStore
    const write = yield* makeWriteConfig
    const snapshot = Effect.mapError(store.snapshot, unavailable)
    const find = ({ kind, name }: Pick<Entity, "kind" | "name">) =>
      Effect.map(snapshot, ({ entities }) =>
        entities.find((entity) => entity.kind === kind && entity.name === canonical({ kind, name }))
      )

    return handlers.handleAll({
      list: Effect.fnUntraced(function* () {
        const { entities, revision } = yield* snapshot
        return { revision, entities: entities.map(shownTo(yield* Actor)) }
      }),
      document: Effect.fnUntraced(function* () {
        const { entities, revision } = yield* snapshot
        return { revision, document: fromEntities(entities.map(shownTo(yield* Actor))) }
      }),
      change: ({ payload: { base, changes, dryRun = false, note = "" } }) => write({ base, changes, note, dryRun }),
      apply: ({ payload: { base, document, dryRun = false, note = "", prune = false } }) =>
        Effect.gen(function* () {
          // Read before it is planned on, so that a change in between is noticed.
          const against = base ?? (yield* snapshot).revision
          const changes = yield* Effect.mapError(store.plan(document, { prune }), unavailable)
          return yield* write({ base: against, changes, note, dryRun })
        }).pipe(Effect.retry({ times: TRIES, while: ({ _tag }) => base === undefined && _tag === "Conflict" })),
      get: Effect.fnUntraced(function* ({ params }) {
        const entity = yield* find(params)
        return entity === undefined ? yield* missing(params) : shownTo(yield* Actor)(entity)
      }),
      put: ({ params, payload: { base, body, note = "" } }) =>
        write({ base, changes: [{ action: "put", ...params, body }], note, dryRun: false }),
      delete: Effect.fnUntraced(function* ({ params, query: { base, note = "" } }) {
        if ((yield* find(params)) === undefined) return yield* missing(params)
        return yield* write({ base, changes: [{ action: "delete", ...params }], note, dryRun: false })
      })
    })
  })
)

import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SubscriptionRef from "effect/SubscriptionRef"
import {
  type RevisionInfo,
  RevisionLog,
  StaleRevision,
  type StoredEntity
} from "../../../src/services/store/RevisionLog.ts"

/** A log in memory, and everything that is in it as text. */
export const makeMemoryLog = Effect.map(SubscriptionRef.make(0), (heads) => {
  const infos: Array<RevisionInfo> = []
  const alive: Array<ReadonlyArray<StoredEntity>> = [[]]
  const kept = new Map<string, string>()
  const idOf = ({ kind, name }: { readonly kind: string; readonly name: string }) => `${kind} ${name}`
  const log = RevisionLog.of({
    epoch: 0,
    head: Effect.sync(() => infos.length),
    entitiesAt: (revision) => Effect.sync(() => alive[revision] ?? []),
    append: ({ base, keep, ...revision }) =>
      Effect.gen(function* () {
        if (base !== infos.length) return yield* new StaleRevision({ base, current: infos.length })
        const entities = new Map((alive.at(-1) ?? []).map((entity) => [idOf(entity), entity]))
        for (const { action, body = "", kind, name } of revision.changes) {
          if (action === "delete") entities.delete(idOf({ kind, name }))
          else entities.set(idOf({ kind, name }), { kind, name, body, revision: base + 1 })
        }
        alive.push([...entities.values()])
        infos.push({
          ...revision,
          revision: base + 1,
          changes: revision.changes.map(({ body: _, ...change }) => change)
        })
        if (keep !== undefined) kept.set(keep.name, keep.text)
        yield* SubscriptionRef.set(heads, base + 1)
        return base + 1
      }),
    revisions: ({ before = Number.POSITIVE_INFINITY, limit }) =>
      Effect.sync(() =>
        infos
          .filter(({ revision }) => revision < before)
          .reverse()
          .slice(0, limit)
      ),
    revision: (number) => Effect.sync(() => Option.fromUndefinedOr(infos[number - 1])),
    reseal: (entity) =>
      Effect.sync(() => {
        for (const [revision, entities] of alive.entries()) {
          alive[revision] = entities.map((other) =>
            idOf(other) === idOf(entity) && other.revision === entity.revision ? entity : other
          )
        }
      }),
    audit: () => Effect.void,
    auditLog: () => Effect.succeed([]),
    keep: (name, text) => Effect.sync(() => void kept.set(name, text)),
    kept: (name) => Effect.sync(() => Option.fromUndefinedOr(kept.get(name))),
    heads: SubscriptionRef.changes(heads)
  })
  return { log, text: () => JSON.stringify([infos, alive, [...kept]]) }
})

export const memoryLog = Layer.effect(
  RevisionLog,
  Effect.map(makeMemoryLog, ({ log }) => log)
)

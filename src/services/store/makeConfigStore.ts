import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { CompiledConfig } from "../config/CompiledConfig.ts"
import { ConfigRefused } from "../config/ConfigRefused.ts"
import { makeCompiler } from "../config/compile.ts"
import { type DocumentEntity, fromEntities } from "../config/documentEntities.ts"
import { MasterKey } from "../config/MasterKey.ts"
import { eachInSteps, LOOK, type Steps, stepwise, WORK } from "../config/Steps.ts"
import { applyChanges } from "./applyChanges.ts"
import type { Change, Commit, ConfigStore, Entity, Snapshot } from "./ConfigStore.ts"
import { byName, storeFindings } from "./configProblems.ts"
import { byId, type ClearDiff, changeOf, diffEntities, idOf, inOrder, maskDiff } from "./entityDiffs.ts"
import { planDocument } from "./planDocument.ts"
import { type RevisionInfo, RevisionLog, StaleRevision, type StoredEntity } from "./RevisionLog.ts"
import type { SealedByAnotherKey } from "./SealedByAnotherKey.ts"
import { isSealedByCurrent, openSecrets, sealSecrets } from "./sealSecrets.ts"

export interface ConfigStoreOptions {
  /** `http://host:port` of the fake provider. Without it, accounts of type `fake` are refused. */
  readonly fakeOrigin?: string | undefined
}

/** An entity, and what it was read from. */
interface Opened {
  readonly stored: string
  readonly entity: Entity
}

/** Before the first revision. */
const NOTHING: RevisionInfo = { revision: 0, at: 0, author: "", note: "", changes: [] }

export const makeConfigStore = Effect.fnUntraced(function* ({ fakeOrigin }: ConfigStoreOptions) {
  const log = yield* RevisionLog
  const key = yield* MasterKey
  const compile = makeCompiler()

  const parse = ({ body, kind, name }: StoredEntity): DocumentEntity => ({ kind, name, body: JSON.parse(body) })

  const open = (stored: StoredEntity) =>
    Result.map(openSecrets(key, parse(stored)), (body): Entity => ({ ...stored, body }))

  /** As read last, by id: what has not changed since is the same object again, which is not compiled again. */
  let known: ReadonlyMap<string, Opened> = new Map()

  const openSteps = function* (
    stored: ReadonlyArray<StoredEntity>
  ): Steps<Result.Result<Array<Entity>, SealedByAnotherKey>> {
    const read = new Map<string, Opened>()
    const entities: Array<Entity> = []
    let failure: SealedByAnotherKey | undefined
    yield* eachInSteps(stored, (version) => {
      const id = idOf(version)
      const before = known.get(id)
      if (before?.stored === version.body && before.entity.revision === version.revision) {
        read.set(id, before)
        entities.push(before.entity)
        return 4 * LOOK
      }
      const entity = open(version)
      if (Result.isFailure(entity)) failure ??= entity.failure
      else {
        read.set(id, { stored: version.body, entity: entity.success })
        entities.push(entity.success)
      }
      return WORK
    })
    known = read
    return failure === undefined ? Result.succeed(entities) : Result.fail(failure)
  }

  const read = Effect.fnUntraced(function* (revision: number) {
    const stored = yield* log.entitiesAt(revision)
    yield* Effect.yieldNow
    const entities = inOrder(yield* Effect.fromResult(yield* stepwise(() => openSteps(stored))))
    yield* Effect.yieldNow
    return { revision, entities, document: fromEntities(entities) } satisfies Snapshot
  })

  const exists = (revision: number) =>
    revision === 0 ? Effect.succeed(true) : Effect.map(log.revision(revision), Option.isSome)

  const snapshot = Effect.flatMap(log.head, read)

  const at = Effect.fnUntraced(function* (revision: number) {
    return (yield* exists(revision)) ? Option.some(yield* read(revision)) : Option.none<Snapshot>()
  })

  const check = Effect.fnUntraced(function* (
    entities: ReadonlyArray<DocumentEntity>,
    revision: string
  ): Effect.fn.Return<CompiledConfig, ConfigRefused> {
    const findings = storeFindings(entities)
    yield* Effect.yieldNow
    const compiled = yield* compile(fromEntities(entities), { revision, fakeOrigin, findings })
    if (Result.isSuccess(compiled)) return compiled.success
    return yield* new ConfigRefused({
      source: `revision ${revision}`,
      problems: byName(compiled.failure, entities)
    })
  })

  /** What the changes do to a snapshot, if the result is a good configuration. */
  const judge = Effect.fnUntraced(function* (before: Snapshot, changes: ReadonlyArray<Change>) {
    const { entities, problems } = applyChanges(before.entities, changes)
    const next = String(before.revision + 1)
    if (problems.length > 0) return yield* new ConfigRefused({ source: `revision ${next}`, problems })
    const diffs = diffEntities(before.entities, entities)
    if (diffs.length > 0) yield* check(entities, next)
    return diffs
  })

  const seal = ({ action, after, kind, name }: ClearDiff) =>
    action === "delete"
      ? { kind, name, action }
      : { kind, name, action, body: JSON.stringify(sealSecrets(key, { kind, name, body: after })) }

  const commit = Effect.fnUntraced(function* ({ author, base, changes, keep, note }: Commit) {
    const current = yield* log.head
    if (base !== current) return yield* new StaleRevision({ base, current })
    const diffs = yield* judge(yield* read(base), changes)
    if (diffs.length === 0) {
      if (keep !== undefined) yield* log.keep(keep.name, keep.text)
      return Option.getOrElse(yield* log.revision(base), () => NOTHING)
    }
    const info = { at: yield* Clock.currentTimeMillis, author, note, changes: diffs.map(seal) }
    const revision = yield* log.append({ base, ...info, ...(keep === undefined ? {} : { keep }) })
    return { ...info, revision, changes: diffs.map(({ action, kind, name }) => ({ kind, name, action })) }
  })

  const diff = Effect.fnUntraced(function* (revision: number) {
    const info = yield* log.revision(revision)
    if (Option.isNone(info)) return Option.none()
    const touched = byId(info.value.changes)
    const side = (revision: number) =>
      Effect.flatMap(log.entitiesAt(revision), (stored) =>
        Effect.fromResult(Result.all(stored.filter((entity) => touched.has(idOf(entity))).map(open)))
      )
    return Option.some(diffEntities(yield* side(revision - 1), yield* side(revision)).map(maskDiff))
  })

  const restoration = Effect.fnUntraced(function* (revision: number) {
    const goal = yield* at(revision)
    const { entities } = yield* snapshot
    return Option.map(goal, (goal) => diffEntities(entities, goal.entities).map(changeOf))
  })

  const resealHead = Effect.gen(function* () {
    const stored = yield* log.entitiesAt(yield* log.head)
    const old = stored.filter((entity) => !isSealedByCurrent(key, parse(entity)))
    yield* Effect.forEach(old, (entity) =>
      Effect.flatMap(Effect.fromResult(open(entity)), ({ body }) =>
        log.reseal({ ...entity, body: JSON.stringify(sealSecrets(key, { ...entity, body })) })
      )
    )
    if (old.length > 0) yield* Effect.logInfo(`${old.length} entries of the configuration are sealed with the new key`)
  })
  yield* resealHead

  const store: ConfigStore["Service"] = {
    snapshot,
    at,
    compiled: Effect.flatMap(snapshot, ({ entities, revision }) => check(entities, String(revision))),
    preview: (changes) =>
      Effect.flatMap(snapshot, (before) => Effect.map(judge(before, changes), (diffs) => diffs.map(maskDiff))),
    commit,
    plan: (document, { prune }) => Effect.map(snapshot, ({ entities }) => planDocument(entities, document, prune)),
    diff,
    restoration,
    revisions: log.revisions,
    heads: log.heads
  }
  return store
})

import * as Effect from "effect/Effect"
import { type Change, ConfigStore, type Entity, type EntityDiff } from "../../store/ConfigStore.ts"
import { StaleRevision } from "../../store/RevisionLog.ts"
import { Actor, mayAct } from "../Actor.ts"
import { Admins } from "../Admins.ts"
import { Audit } from "../Audit.ts"
import { type Conflict, type Forbidden, Refused, type Unavailable } from "../problems.ts"
import { lacks } from "./accessLayer.ts"
import { refused, stale, unavailable } from "./storeProblems.ts"

export interface Write {
  /** The revision that the changes were made against; absent: the one in force. */
  readonly base: number | undefined
  readonly changes: ReadonlyArray<Change>
  readonly note: string
  readonly dryRun: boolean
}

export interface Written {
  readonly revision: number
  readonly diffs: ReadonlyArray<EntityDiff>
}

/** Who operates is for admins alone to say, whichever way it is written. */
const adminKinds: ReadonlySet<string> = new Set(["admin-token", "admin-issuer"])

/** Those who operate after some changes; their entries have no secrets that a difference would mask. */
const adminsAfter = (before: ReadonlyArray<Entity>, diffs: ReadonlyArray<EntityDiff>) => {
  const touched = new Set(diffs.map(({ kind, name }) => `${kind}/${name}`))
  const written = diffs.flatMap(({ action, after, kind }) => (action === "delete" ? [] : [{ kind, body: after }]))
  return [...before.filter(({ kind, name }) => !touched.has(`${kind}/${name}`)), ...written]
}

const NOBODY_LEFT =
  "leaves nobody with the role admin: keep one such token or an issuer, or start the program with SPANGATE_ADMIN_TOKEN"

const lockedOut = new Refused({
  detail: `admin: ${NOBODY_LEFT}`,
  errors: [{ path: "admin", reason: NOBODY_LEFT }]
})

/** Makes a revision of some changes in the actor's name, or says what it would be. */
export const makeWriteConfig = Effect.gen(function* () {
  const store = yield* ConfigStore
  const admins = yield* Admins
  const audit = yield* Audit

  return Effect.fnUntraced(function* ({
    base,
    changes,
    dryRun,
    note
  }: Write): Effect.fn.Return<Written, Forbidden | Conflict | Refused | Unavailable, Actor> {
    const actor = yield* Actor
    const forAdmins = changes.find(({ kind }) => adminKinds.has(kind))
    if (forAdmins !== undefined && !mayAct(actor.role, "admin")) {
      yield* audit.note({ actor: actor.name, action: "forbidden", target: forAdmins.kind, detail: "needs admin" })
      return yield* lacks(actor, "admin")
    }
    const { entities, revision: current } = yield* Effect.mapError(store.snapshot, unavailable)
    const against = base ?? current
    if (against !== current) return yield* stale(new StaleRevision({ base: against, current }))
    const diffs = yield* store.preview(changes).pipe(
      Effect.catchTags({
        ConfigRefused: (error) => Effect.fail(refused(error)),
        StoreUnavailable: (error) => Effect.fail(unavailable(error)),
        SealedByAnotherKey: (error) => Effect.fail(unavailable(error))
      })
    )
    if (forAdmins !== undefined && !admins.remain(adminsAfter(entities, diffs))) return yield* lockedOut
    if (dryRun || diffs.length === 0) return { revision: current, diffs }
    const { revision } = yield* store.commit({ base: against, author: actor.name, note, changes }).pipe(
      Effect.catchTags({
        StaleRevision: (error) => Effect.fail(stale(error)),
        ConfigRefused: (error) => Effect.fail(refused(error)),
        StoreUnavailable: (error) => Effect.fail(unavailable(error)),
        SealedByAnotherKey: (error) => Effect.fail(unavailable(error))
      })
    )
    // Who was just let in need not wait for the store's own word of it.
    if (forAdmins !== undefined) yield* admins.refresh
    return { revision, diffs }
  })
})

import * as Effect from "effect/Effect"
import { type Change, ConfigStore, type EntityDiff } from "../../store/ConfigStore.ts"
import { StaleRevision } from "../../store/RevisionLog.ts"
import { Actor, mayAct } from "../Actor.ts"
import { Admins } from "../Admins.ts"
import { Audit } from "../Audit.ts"
import type { Conflict, Forbidden, Refused, Unavailable } from "../problems.ts"
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
    const { revision: current } = yield* Effect.mapError(store.snapshot, unavailable)
    const against = base ?? current
    if (against !== current) return yield* stale(new StaleRevision({ base: against, current }))
    const diffs = yield* store.preview(changes).pipe(
      Effect.catchTags({
        ConfigRefused: (error) => Effect.fail(refused(error)),
        StoreUnavailable: (error) => Effect.fail(unavailable(error)),
        SealedByAnotherKey: (error) => Effect.fail(unavailable(error))
      })
    )
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

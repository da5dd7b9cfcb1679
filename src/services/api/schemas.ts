/** What the groups of the API have in common. */
import * as Schema from "effect/Schema"
import { entityKinds } from "../config/entities.ts"

export const EntityKind = Schema.Literals(entityKinds)

export const shortText = (longest: number) =>
  Schema.String.check(Schema.isMaxLength(longest, { message: `is longer than ${longest} characters` }))

export const filledText = (longest: number) =>
  shortText(longest).check(Schema.isMinLength(1, { message: "is empty, write something" }))

export const wholeNumber = (minimum: number, maximum: number) =>
  Schema.Int.check(
    Schema.isBetween({ minimum, maximum }, { message: `must be a whole number from ${minimum} to ${maximum}` })
  )

/** Of a revision; 0 is before the first. */
export const RevisionNumber = wholeNumber(0, Number.MAX_SAFE_INTEGER)

/** Unix milliseconds. */
export const Instant = Schema.Finite

/** Why a change is made, for the list of revisions. */
export const Note = shortText(1000)

/** Any JSON; of what has secrets, they are masked as `{ set: true, lastFour: "abcd" }`. */
export const Body = Schema.Unknown

export const EntityDiff = Schema.Struct({
  kind: EntityKind,
  name: Schema.String,
  action: Schema.Literals(["create", "update", "delete"]),
  /** Absent of what is created. */
  before: Schema.optionalKey(Body),
  /** Absent of what is deleted. */
  after: Schema.optionalKey(Body)
})

export const RevisionInfo = Schema.Struct({
  revision: Schema.Int,
  at: Instant,
  author: Schema.String,
  note: Schema.String,
  changes: Schema.Array(
    Schema.Struct({
      kind: EntityKind,
      name: Schema.String,
      action: Schema.Literals(["create", "update", "delete"])
    })
  )
})

/** What a change did, or with `dryRun` would do. */
export const ChangeResult = Schema.Struct({
  /** In force now; with `dryRun`, the one the change would be made against. */
  revision: Schema.Int,
  diffs: Schema.Array(EntityDiff)
})

/** Of a page, newest first. */
export const PageQuery = {
  limit: Schema.optionalKey(wholeNumber(1, 500))
}

import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { EntityKind } from "../config/entities.ts"
import type { StoreUnavailable } from "./StoreUnavailable.ts"

/** Somebody else has written since: nothing of the change is in force. */
export class StaleRevision extends Schema.TaggedError<StaleRevision>()("StaleRevision", {
  /** The revision that the change was made against. */
  base: Schema.Int,
  /** The one in force. */
  current: Schema.Int
}) {
  override get message(): string {
    return `was made against revision ${this.base}, and ${this.current} is in force: look at what changed, and try again`
  }
}

/** One entity as stored: JSON in which every secret is sealed. */
export interface StoredEntity {
  readonly kind: EntityKind
  readonly name: string
  readonly body: string
  /** The revision that wrote it. */
  readonly revision: number
}

export interface StoredChange {
  readonly kind: EntityKind
  readonly name: string
  readonly action: "create" | "update" | "delete"
  /** Absent when deleted. */
  readonly body?: string
}

/** What one revision did, without bodies. */
export interface RevisionInfo {
  readonly revision: number
  /** Unix milliseconds. */
  readonly at: number
  readonly author: string
  /** Why, in the author's words or the program's; may be empty. */
  readonly note: string
  /** In the order in which they were given. */
  readonly changes: ReadonlyArray<Omit<StoredChange, "body">>
}

/** What somebody did that is no revision: signed in, was refused, sent a test trace. */
export interface AuditEntry {
  /** The order of writing; greater is newer. */
  readonly id: number
  /** Unix milliseconds. */
  readonly at: number
  readonly actor: string
  /** `login`, `login_refused`, `logout`, `test_destination`, `forbidden`… */
  readonly action: string
  /** What it was done to; may be empty. */
  readonly target: string
  /** Never holds a secret. */
  readonly detail: string
}

/**
 * An audit log keeps so many entries, the newest, and none for longer than so many milliseconds: 400 days. Of one
 * actor's entries of one action it keeps fewer: who does something over and over (is refused, say, or signs in) makes it
 * forget what he did himself, and not what others did. All sign-ins that were refused are of one actor, who is nobody.
 *
 * What it keeps is counted, since ids have gaps where somebody's own entries went; and since that takes milliseconds,
 * only at every `countedEvery`th id: so many more than `entries` may be there for a while.
 */
export const AUDIT_RETENTION = { entries: 100_000, ofOneKind: 2000, ms: 400 * 86_400_000, countedEvery: 100 } as const

/**
 * An append-only log of revisions, each an atomic set of entity changes, in one database. It knows nothing of what
 * entities mean; `ConfigStore` does. A commit is durable to a power cut when it returns, and whoever reads afterwards,
 * in whichever process, sees it: the database is its own outbox.
 */
export class RevisionLog extends Context.Service<
  RevisionLog,
  {
    /** Unix milliseconds at which this database was created: with a revision's number it orders publications of all times. */
    readonly epoch: number
    /** Number of the newest revision; 0 before the first. */
    readonly head: Effect.Effect<number, StoreUnavailable>
    /** The entities alive at a revision, by kind and name; none at revision 0. */
    readonly entitiesAt: (revision: number) => Effect.Effect<ReadonlyArray<StoredEntity>, StoreUnavailable>
    /** Appends one revision with the next number, if `base` is still the head. Gives its number. */
    readonly append: (revision: {
      readonly base: number
      readonly at: number
      readonly author: string
      readonly note: string
      readonly changes: ReadonlyArray<StoredChange>
      /** Written in the same transaction as `keep` does. */
      readonly keep?: { readonly name: string; readonly text: string }
    }) => Effect.Effect<number, StaleRevision | StoreUnavailable>
    /** Newest first; `before` is exclusive. */
    readonly revisions: (page: {
      readonly before?: number
      readonly limit: number
    }) => Effect.Effect<ReadonlyArray<RevisionInfo>, StoreUnavailable>
    readonly revision: (number: number) => Effect.Effect<Option.Option<RevisionInfo>, StoreUnavailable>
    /** Replaces the stored body of one version, to seal it with another key: neither its meaning nor its revision changes. */
    readonly reseal: (entity: StoredEntity) => Effect.Effect<void, StoreUnavailable>
    /** Forgets what `AUDIT_RETENTION` does not keep, by the entry's own time. */
    readonly audit: (entry: Omit<AuditEntry, "id">) => Effect.Effect<void, StoreUnavailable>
    /** Newest first; `before` is an entry's id, exclusive. */
    readonly auditLog: (page: {
      readonly before?: number
      readonly limit: number
    }) => Effect.Effect<ReadonlyArray<AuditEntry>, StoreUnavailable>
    /** A text beside the revisions, by name: the file that was last applied, say. */
    readonly keep: (name: string, text: string) => Effect.Effect<void, StoreUnavailable>
    readonly kept: (name: string) => Effect.Effect<Option.Option<string>, StoreUnavailable>
    /** The head's number now, and each time that it has moved, by whoever: within 300 ms, and never an error. */
    readonly heads: Stream.Stream<number>
  }
>()("spangate/services/store/RevisionLog") {}

import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { CompiledConfig } from "../config/CompiledConfig.ts"
import type { ConfigRefused } from "../config/ConfigRefused.ts"
import type { EntityKind } from "../config/entities.ts"
import type { MasterKey } from "../config/MasterKey.ts"
import { type ConfigStoreOptions, makeConfigStore } from "./makeConfigStore.ts"
import type { RevisionInfo, RevisionLog, StaleRevision } from "./RevisionLog.ts"
import { SealedByAnotherKey } from "./SealedByAnotherKey.ts"
import type { StoreUnavailable } from "./StoreUnavailable.ts"

export { SealedByAnotherKey }

export type ReadFailure = StoreUnavailable | SealedByAnotherKey

/** An entity with its secrets in the clear: show it through `maskSecrets` only. */
export interface Entity {
  readonly kind: EntityKind
  readonly name: string
  /** As the document writes it, every default left out that was left out. */
  readonly body: unknown
  /** The revision that last changed it. */
  readonly revision: number
}

export interface Snapshot {
  /** 0 before the first. */
  readonly revision: number
  /** By kind, then name. */
  readonly entities: ReadonlyArray<Entity>
  /** The same as one document, as a file would say it: secrets in the clear. */
  readonly document: unknown
}

export type Change =
  | {
      readonly action: "put"
      readonly kind: EntityKind
      /** The body's own name, where it has one, must be the same. */
      readonly name: string
      /** A secret may be `{ set: true }`, as it is shown: it stays what it is, which only one that goes to the same host may. */
      readonly body: unknown
    }
  | { readonly action: "delete"; readonly kind: EntityKind; readonly name: string }

/** What a change does to one entity. Secrets are masked. */
export interface EntityDiff {
  readonly kind: EntityKind
  readonly name: string
  readonly action: "create" | "update" | "delete"
  readonly before?: unknown
  readonly after?: unknown
}

export interface Commit {
  /** The revision that the changes were made against. */
  readonly base: number
  readonly author: string
  readonly note: string
  readonly changes: ReadonlyArray<Change>
  /** Kept beside the revisions in the same transaction (`RevisionLog.keep`), also when nothing changes. */
  readonly keep?: { readonly name: string; readonly text: string }
}

/**
 * The configuration in a database: every revision of it, validated as a whole by the same rules as the file, atomic,
 * with secrets sealed at rest.
 */
export class ConfigStore extends Context.Service<
  ConfigStore,
  {
    /** The newest. */
    readonly snapshot: Effect.Effect<Snapshot, ReadFailure>
    /** An older one, or none of that number. */
    readonly at: (revision: number) => Effect.Effect<Option.Option<Snapshot>, ReadFailure>
    /** The newest, as the request path reads it. Its `revision` is the number. Refused where this program cannot serve it (an account of type `fake`, say). */
    readonly compiled: Effect.Effect<CompiledConfig, ConfigRefused | ReadFailure>
    /** What changes would do, validated and not written. */
    readonly preview: (
      changes: ReadonlyArray<Change>
    ) => Effect.Effect<ReadonlyArray<EntityDiff>, ConfigRefused | ReadFailure>
    /** Writes them as one revision. Changes that change nothing write none, and give the revision that is. */
    readonly commit: (commit: Commit) => Effect.Effect<RevisionInfo, StaleRevision | ConfigRefused | ReadFailure>
    /** The changes that make the store say what a document says; with `prune` also those that delete what it does not name. */
    readonly plan: (
      document: unknown,
      options: { readonly prune: boolean }
    ) => Effect.Effect<ReadonlyArray<Change>, ReadFailure>
    /** What a revision did, entity by entity, with what was before and after, or none of that number. */
    readonly diff: (revision: number) => Effect.Effect<Option.Option<ReadonlyArray<EntityDiff>>, ReadFailure>
    /** The changes that lead from the newest back to what an older one said, or none of that number. */
    readonly restoration: (revision: number) => Effect.Effect<Option.Option<ReadonlyArray<Change>>, ReadFailure>
    readonly revisions: (page: {
      readonly before?: number
      readonly limit: number
    }) => Effect.Effect<ReadonlyArray<RevisionInfo>, StoreUnavailable>
    /** The newest revision's number now, and each one that follows: within 300 ms, whoever wrote it. */
    readonly heads: Stream.Stream<number>
  }
>()("spangate/services/store/ConfigStore") {
  /** What is sealed with an older key is sealed anew when this starts. */
  static readonly layerNoDeps = (
    options: ConfigStoreOptions = {}
  ): Layer.Layer<ConfigStore, ReadFailure, RevisionLog | MasterKey> =>
    Layer.effect(ConfigStore, makeConfigStore(options))
}

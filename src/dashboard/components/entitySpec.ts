import type { Signal } from "@preact/signals"
import type { EntityKind } from "../../services/config/entities.ts"

/** What is typed and not saved. */
export interface EntityDraft<F> {
  readonly form: F
  /** The revision that it was begun at. */
  readonly base: number
}

/** How one kind of entity is edited. */
export interface EntitySpec<F> {
  readonly kind: EntityKind
  /** In the middle of a sentence: `account`. */
  readonly noun: string
  /** The places of the body that have an input of their own, `[]` for any index: `models[].name`. */
  readonly places: ReadonlyArray<string>
  readonly nameOf: (form: F) => string
  readonly read: (body: unknown) => F
  /** As the configuration writes it: what is at its default is left out, kept secrets stay `{ set: true }`. */
  readonly write: (form: F) => Readonly<Record<string, unknown>>
  /** What is wrong before anything is sent, by place. */
  readonly check: (form: F) => Readonly<Record<string, string>>
  /** By entity; survives a look at another page. */
  readonly drafts: Signal<Readonly<Record<string, EntityDraft<F>>>>
}

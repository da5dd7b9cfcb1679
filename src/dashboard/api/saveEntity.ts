import type { EntityKind } from "../../services/config/entities.ts"
import { asProblem } from "./ApiProblem.ts"
import { deleteEntity, getEntity, putEntity } from "./api.ts"
import type { ChangeResult, ShownEntity } from "./types.ts"

export type SaveOutcome =
  | { readonly outcome: "saved"; readonly revision: number }
  /** `theirs` is what is in force; absent when it was deleted. */
  | { readonly outcome: "conflict"; readonly current: number; readonly theirs: ShownEntity | undefined }

/**
 * Saves an entity that was read at revision `base`. Where others have changed only other entities since, it is saved
 * all the same. `isNew`: nothing of that name was there. Fails with `ApiProblem`.
 */
export const saveEntity = (
  kind: EntityKind,
  name: string,
  base: number,
  body: unknown,
  isNew: boolean
): Promise<SaveOutcome> => change(kind, name, base, isNew, (revision) => putEntity(kind, name, revision, body))

/** Deletes an entity that was read at revision `base`, if nobody has changed it since. Fails with `ApiProblem`. */
export const removeEntity = (kind: EntityKind, name: string, base: number): Promise<SaveOutcome> =>
  change(kind, name, base, false, (revision) => deleteEntity(kind, name, revision))

const change = async (
  kind: EntityKind,
  name: string,
  base: number,
  isNew: boolean,
  write: (base: number) => Promise<ChangeResult>
): Promise<SaveOutcome> => {
  try {
    const { revision } = await write(base)
    return { outcome: "saved", revision }
  } catch (cause) {
    const { current } = asProblem(cause)
    if (current === undefined) throw cause
    const theirs = await existing(kind, name)
    const untouched = theirs === undefined ? isNew : !isNew && theirs.revision <= base
    return untouched ? change(kind, name, current, isNew, write) : { outcome: "conflict", current, theirs }
  }
}

const existing = async (kind: EntityKind, name: string): Promise<ShownEntity | undefined> => {
  try {
    return await getEntity(kind, name)
  } catch (cause) {
    if (asProblem(cause).status === 404) return undefined
    throw cause
  }
}

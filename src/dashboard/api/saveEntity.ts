import type { EntityKind } from "../../services/config/entities.ts"
import { asProblem } from "./ApiProblem.ts"
import { getEntity, putEntity } from "./api.ts"
import type { ShownEntity } from "./types.ts"

export type SaveOutcome =
  | { readonly outcome: "saved"; readonly revision: number }
  /** `theirs` is what is in force; absent when it was deleted. */
  | { readonly outcome: "conflict"; readonly current: number; readonly theirs: ShownEntity | undefined }

/**
 * Saves an entity that was read at revision `base`. Where others have changed only other entities since, it is saved
 * all the same. `isNew`: nothing of that name was there. Fails with `ApiProblem`.
 */
export const saveEntity = async (
  kind: EntityKind,
  name: string,
  base: number,
  body: unknown,
  isNew: boolean
): Promise<SaveOutcome> => {
  try {
    const { revision } = await putEntity(kind, name, base, body)
    return { outcome: "saved", revision }
  } catch (cause) {
    const { current } = asProblem(cause)
    if (current === undefined) throw cause
    const theirs = await existing(kind, name)
    const untouched = theirs === undefined ? isNew : !isNew && theirs.revision <= base
    return untouched ? saveEntity(kind, name, current, body, isNew) : { outcome: "conflict", current, theirs }
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

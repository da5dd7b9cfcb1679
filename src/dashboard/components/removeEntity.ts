import type { EntityKind } from "../../services/config/entities.ts"
import { ApiProblem, asProblem } from "../api/ApiProblem.ts"
import { deleteEntity, getEntity } from "../api/api.ts"

/**
 * Deletes an entity that was read at revision `base`; one that is gone already counts as deleted. Where others have
 * changed only other entities since, it is deleted all the same. Gives the revision. Fails with `ApiProblem`.
 */
export const removeEntity = async (kind: EntityKind, name: string, base: number): Promise<number> => {
  try {
    return (await deleteEntity(kind, name, base)).revision
  } catch (cause) {
    const problem = asProblem(cause)
    if (problem.status === 404) return base
    if (problem.current === undefined) throw problem
    const { revision } = await getEntity(kind, name)
    if (revision > base) throw new ApiProblem(409, "Somebody else changed it meanwhile: look at it again first.")
    return removeEntity(kind, name, problem.current)
  }
}

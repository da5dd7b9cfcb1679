import type { DocumentEntity } from "../config/documentEntities.ts"
import { type EntityKind, entityKinds } from "../config/entities.ts"
import { maskSecrets } from "../config/maskSecrets.ts"
import type { Change, EntityDiff } from "./ConfigStore.ts"
import { sameBody } from "./sameBody.ts"

/** An `EntityDiff` whose secrets are in the clear. */
export type ClearDiff = EntityDiff

export interface EntityId {
  readonly kind: EntityKind
  readonly name: string
}

export const idOf = ({ kind, name }: EntityId): string => `${kind}/${name}`

export const byId = <E extends EntityId>(entities: ReadonlyArray<E>): ReadonlyMap<string, E> =>
  new Map(entities.map((entity) => [idOf(entity), entity]))

/** By kind, then name. */
export const inOrder = <E extends EntityId>(entities: Iterable<E>): ReadonlyArray<E> =>
  [...entities].sort(
    (a, b) =>
      entityKinds.indexOf(a.kind) - entityKinds.indexOf(b.kind) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  )

/** What leads from some entities to others, in order. */
export const diffEntities = (
  before: ReadonlyArray<DocumentEntity>,
  after: ReadonlyArray<DocumentEntity>
): ReadonlyArray<ClearDiff> => {
  const was = byId(before)
  const is = byId(after)
  const written = after.flatMap(({ body, kind, name }): ReadonlyArray<ClearDiff> => {
    const old = was.get(idOf({ kind, name }))
    if (old === undefined) return [{ kind, name, action: "create", after: body }]
    return sameBody(old.body, body) ? [] : [{ kind, name, action: "update", before: old.body, after: body }]
  })
  const deleted = before.flatMap(
    ({ body, kind, name }): ReadonlyArray<ClearDiff> =>
      is.has(idOf({ kind, name })) ? [] : [{ kind, name, action: "delete", before: body }]
  )
  return inOrder([...written, ...deleted])
}

export const maskDiff = ({ action, kind, name, ...bodies }: ClearDiff): EntityDiff => ({
  kind,
  name,
  action,
  ...("before" in bodies ? { before: maskSecrets(kind, bodies.before) } : {}),
  ...("after" in bodies ? { after: maskSecrets(kind, bodies.after) } : {})
})

/** The change that does what a difference shows. */
export const changeOf = ({ action, after, kind, name }: ClearDiff): Change =>
  action === "delete" ? { action, kind, name } : { action: "put", kind, name, body: after }

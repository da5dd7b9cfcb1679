import { type DocumentEntity, isDocument, toEntities } from "../config/documentEntities.ts"
import { unmaskSecrets } from "../config/maskSecrets.ts"
import type { Change } from "./ConfigStore.ts"
import { byId, idOf } from "./entityDiffs.ts"
import { sameBody } from "./sameBody.ts"

type Entities = ReadonlyArray<DocumentEntity>

/** The changes that make the store say what a document says; with `prune` also those that delete what it does not name. */
export const planDocument = (stored: Entities, document: unknown, prune: boolean): ReadonlyArray<Change> => {
  const known = byId(stored)
  const wanted = toEntities(document)
  const named = byId(wanted)
  const puts = wanted.flatMap(({ body, kind, name }): ReadonlyArray<Change> => {
    const old = known.get(idOf({ kind, name }))?.body
    const whole = kind === "settings" && !prune && isDocument(old) && isDocument(body) ? { ...old, ...body } : body
    const same = old !== undefined && sameBody(old, unmaskSecrets(kind, whole, old).body)
    return same ? [] : [{ action: "put", kind, name, body: whole }]
  })
  const deletes = stored.flatMap(
    ({ kind, name }): ReadonlyArray<Change> =>
      prune && !named.has(idOf({ kind, name })) ? [{ action: "delete", kind, name }] : []
  )
  return [...puts, ...deletes]
}

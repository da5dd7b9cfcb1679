import { type Document, type DocumentEntity, isDocument, toEntities } from "../config/documentEntities.ts"
import { SETTINGS_NAME } from "../config/entities.ts"
import type { Change } from "./ConfigStore.ts"
import { byId, changeOf, diffEntities, idOf, inOrder } from "./entityDiffs.ts"
import { sameBody } from "./sameBody.ts"

type Entities = ReadonlyArray<DocumentEntity>

/**
 * What an edit of a document, from one text of it to the next, asks of the store: what the edit changed, and nothing
 * else. An entity that it did not touch keeps what others have made of it, and so does each of the settings.
 */
export const planEdit = (stored: Entities, from: unknown, to: unknown): ReadonlyArray<Change> => {
  const [before, after] = [toEntities(from), toEntities(to)]
  const merged = new Map(byId(stored))
  for (const { action, after: body, kind, name } of diffEntities(before, after)) {
    if (action === "delete") merged.delete(idOf({ kind, name }))
    else merged.set(idOf({ kind, name }), { kind, name, body })
  }
  const body = mergeSettings(settingsOf(before), settingsOf(after), settingsOf(stored))
  const settings: DocumentEntity = { kind: "settings", name: SETTINGS_NAME, body }
  if (Object.keys(body).length === 0) merged.delete(idOf(settings))
  else merged.set(idOf(settings), settings)
  return diffEntities(stored, inOrder(merged.values())).map(changeOf)
}

const settingsOf = (entities: Entities): Document => {
  const body = entities.find(({ kind }) => kind === "settings")?.body
  return isDocument(body) ? body : {}
}

const mergeSettings = (from: Document, to: Document, stored: Document): Document => {
  const untouched = Object.entries(stored).filter(([key]) => sameBody(from[key], to[key]))
  const written = Object.entries(to).filter(([key, value]) => !sameBody(from[key], value))
  return Object.fromEntries([...untouched, ...written])
}

import { hash } from "node:crypto"
import * as Predicate from "effect/Predicate"

/*
 * A configuration document as the bucket holds it: one key for each account, model, token, issuer and destination, one
 * for all the rest, and `rev`, which is written last and says whether the others are whole.
 */

/** Key of what names the revision. */
export const REVISION_KEY = "rev"
const SETTINGS_KEY = "settings"
const ENTITY = "entity"

type Document = { readonly [key: string]: unknown }

interface Section {
  readonly name: string
  readonly path: readonly [string] | readonly [string, string]
  /** The property that names an entity; it stands hashed in the key. */
  readonly id: string
}

const sections: ReadonlyArray<Section> = [
  { name: "account", path: ["providerAccounts"], id: "name" },
  { name: "model", path: ["virtualModels"], id: "name" },
  { name: "token", path: ["access", "tokens"], id: "sha256" },
  { name: "issuer", path: ["access", "jwt"], id: "issuer" },
  { name: "destination", path: ["otel", "destinations"], id: "name" }
]

const isDocument = (value: unknown): value is Document => Predicate.isObject(value) && !Array.isArray(value)

const at = (document: Document, [first, second]: Section["path"]): unknown => {
  const outer = document[first]
  return second === undefined ? outer : isDocument(outer) ? outer[second] : undefined
}

const put = (document: Document, [first, second]: Section["path"], value: unknown): Document => {
  if (second === undefined) return { ...document, [first]: value }
  const outer = document[first]
  return { ...document, [first]: { ...(isDocument(outer) ? outer : {}), [second]: value } }
}

/** The document's entities by key, as JSON. */
export const toEntities = (document: unknown): ReadonlyMap<string, string> => {
  const entities = new Map<string, string>()
  let settings: Document = isDocument(document) ? document : {}
  for (const section of sections) {
    const items = at(settings, section.path)
    if (!Array.isArray(items)) continue
    for (const [place, value] of items.entries()) {
      const id = hash("sha256", JSON.stringify(isDocument(value) ? value[section.id] : place), "hex").slice(0, 24)
      entities.set(`${ENTITY}.${section.name}.${id}`, JSON.stringify({ place, value }))
    }
    settings = put(settings, section.path, [])
  }
  return entities.set(SETTINGS_KEY, JSON.stringify(settings))
}

export const isEntityKey = (key: string): boolean => key === SETTINGS_KEY || key.startsWith(`${ENTITY}.`)

interface Placed {
  readonly place: number
  readonly value: unknown
}

/** The document that the entities came from. Throws where they are not what `toEntities` gives. */
export const fromEntities = (entities: ReadonlyMap<string, string>): unknown => {
  let document: Document = JSON.parse(entities.get(SETTINGS_KEY) ?? "{}")
  for (const section of sections) {
    const items: Array<Placed> = []
    for (const [key, json] of entities) {
      if (key.startsWith(`${ENTITY}.${section.name}.`)) items.push(JSON.parse(json))
    }
    if (items.length === 0) continue
    items.sort((a, b) => a.place - b.place)
    document = put(
      document,
      section.path,
      items.map(({ value }) => value)
    )
  }
  return document
}

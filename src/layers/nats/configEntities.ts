import { hash } from "node:crypto"
import { type Document, isDocument, readSection, writeSection } from "../../services/config/documentEntities.ts"
import { type Section, sections } from "../../services/config/entities.ts"

/*
 * A configuration document as the bucket holds it: one key for each entity of its sections, one
 * for all the rest, and `rev`, which is written last and says whether the others are whole.
 */

/** Key of what names the revision. */
export const REVISION_KEY = "rev"
/** Key of all that is in no section. */
export const SETTINGS_KEY = "settings"
const ENTITY = "entity"

/** What a section's entities are called in keys; published ones stay. */
const wireNames: { readonly [kind in Section["kind"]]: string } = {
  "provider-account": "account",
  "virtual-model": "model",
  token: "token",
  "jwt-issuer": "issuer",
  team: "team",
  subject: "subject",
  "admin-token": "admin-token",
  "admin-issuer": "admin-issuer",
  destination: "destination"
}

const prefixOf = ({ kind }: Section): string => `${ENTITY}.${wireNames[kind]}.`

/** The document's entities by key, as JSON. */
export const toEntities = (document: unknown): ReadonlyMap<string, string> => {
  const entities = new Map<string, string>()
  let settings: Document = isDocument(document) ? document : {}
  for (const section of sections) {
    const items = readSection(settings, section)
    if (!Array.isArray(items)) continue
    for (const [place, value] of items.entries()) {
      const id = hash(
        "sha256",
        JSON.stringify((isDocument(value) ? value[section.id] : undefined) ?? place),
        "hex"
      ).slice(0, 24)
      entities.set(prefixOf(section) + id, JSON.stringify({ place, value }))
    }
    settings = writeSection(settings, section, [])
  }
  return entities.set(SETTINGS_KEY, JSON.stringify(settings))
}

/** Names all of a document's entities together: nobody finds others with the same. */
export const digestOf = (entities: ReadonlyMap<string, string>): string => {
  const sorted = [...entities].filter(([key]) => isEntityKey(key)).sort(([a], [b]) => (a < b ? -1 : 1))
  return hash("sha256", JSON.stringify(sorted), "hex")
}

export const isEntityKey = (key: string): boolean => key === SETTINGS_KEY || key.startsWith(`${ENTITY}.`)

const sectionsByPrefix = new Map(sections.map((section) => [prefixOf(section), section]))

/** The section that a key's entity stands in. */
export const sectionOfKey = (key: string): Section | undefined =>
  sectionsByPrefix.get(key.slice(0, key.indexOf(".", ENTITY.length + 1) + 1))

/** Of a document that may be anything: those that have a name. */
export const destinationNames = (document: unknown): ReadonlyArray<string> =>
  sections
    .filter(({ kind }) => kind === "destination")
    .flatMap((section) => (isDocument(document) ? readSection(document, section) : []))
    .flatMap((item) =>
      isDocument(item) && typeof item["name"] === "string" && item["enabled"] !== false ? [item["name"]] : []
    )

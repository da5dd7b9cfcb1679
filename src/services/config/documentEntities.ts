import * as Predicate from "effect/Predicate"
import { type EntityKind, SETTINGS_NAME, type Section, sections } from "./entities.ts"

/** One part of a document, as the document writes it. */
export interface DocumentEntity {
  readonly kind: EntityKind
  /** Empty where the entry has no name to go by. */
  readonly name: string
  readonly body: unknown
}

export type Document = { readonly [key: string]: unknown }

export const isDocument = (value: unknown): value is Document => Predicate.isObject(value) && !Array.isArray(value)

/** A section's entries, or whatever stands in their place. */
export const readSection = (document: Document, { path: [first, second] }: Section): unknown => {
  const outer = document[first]
  return second === undefined ? outer : isDocument(outer) ? outer[second] : undefined
}

/** The document with a section's entries. */
export const writeSection = (
  document: Document,
  { path: [first, second] }: Section,
  entries: ReadonlyArray<unknown>
): Document => {
  if (second === undefined) return { ...document, [first]: entries }
  const outer = document[first]
  return { ...document, [first]: { ...(isDocument(outer) ? outer : {}), [second]: entries } }
}

const withoutSection = (document: Document, section: Section): Document => {
  if (!Array.isArray(readSection(document, section))) return document
  const [first, second] = section.path
  const { [first]: outer, ...others } = document
  if (second === undefined || !isDocument(outer)) return others
  const { [second]: _, ...rest } = outer
  return { ...others, [first]: rest }
}

const nestedSections = new Set(sections.flatMap(({ path }) => (path.length === 2 ? [path[0]] : [])))

/** What a section's entry is called; tokens by their hash in lower case. Undefined where it has no such property. */
export const nameOf = (section: Section, body: unknown): string | undefined => {
  const name = isDocument(body) ? body[section.id] : undefined
  if (typeof name !== "string") return undefined
  return section.id === "sha256" ? name.toLowerCase() : name
}

/**
 * The entities of a document in its order, `settings` last and only where there is any. Nothing is lost of a document
 * that is not what it should be: what is no entry is in the settings.
 */
export const toEntities = (document: unknown): ReadonlyArray<DocumentEntity> => {
  if (!isDocument(document)) return [{ kind: "settings", name: SETTINGS_NAME, body: document }]
  const entities: Array<DocumentEntity> = []
  let settings = document
  for (const section of sections) {
    const entries = readSection(document, section)
    if (!Array.isArray(entries)) continue
    for (const body of entries) entities.push({ kind: section.kind, name: nameOf(section, body) ?? "", body })
    settings = withoutSection(settings, section)
  }
  const said = Object.entries(settings).filter(([key, value]) => !(nestedSections.has(key) && isEmpty(value)))
  return said.length === 0
    ? entities
    : [...entities, { kind: "settings", name: SETTINGS_NAME, body: Object.fromEntries(said) }]
}

const isEmpty = (value: unknown): boolean => isDocument(value) && Object.keys(value).length === 0

/** The document that the entities make, each section in their order. */
export const fromEntities = (entities: ReadonlyArray<DocumentEntity>): Document => {
  const settings = entities.find(({ kind }) => kind === "settings")?.body
  let document = isDocument(settings) ? settings : {}
  for (const section of sections) {
    const bodies = entities.flatMap(({ body, kind }) => (kind === section.kind ? [body] : []))
    if (bodies.length > 0) document = writeSection(document, section, bodies)
  }
  return document
}

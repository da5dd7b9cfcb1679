import { type Document, type DocumentEntity, isDocument } from "../config/documentEntities.ts"
import { type EntityKind, type Section, sections } from "../config/entities.ts"
import type { Finding, Path, Problem } from "../config/Problem.ts"
import type { EntityId } from "./entityDiffs.ts"

/** How many hex digits of its hash name a token to people. */
const TOKEN_DIGITS = 16

/** `virtualModels[prod/chat]`: where an entity stands, by its name, whatever else the document lists. */
export const labelOf = ({ kind, name }: EntityId): string => {
  const section = sections.find((section) => section.kind === kind)
  if (section === undefined) return ""
  const path = section.path.join(".")
  if (name === "") return path
  return `${path}[${kind === "token" ? name.slice(0, TOKEN_DIGITS) : name}]`
}

/** Of the document that the entities make: places told by an entity's name instead of its number. */
export const byName = (
  problems: ReadonlyArray<Problem>,
  entities: ReadonlyArray<DocumentEntity>
): ReadonlyArray<Problem> => {
  const labels = new Map(
    sections.flatMap(({ kind, path }) =>
      entities
        .filter((entity) => entity.kind === kind)
        .map((entity, index): [string, string] => [`${path.join(".")}[${index}]`, labelOf(entity)])
    )
  )
  const rename = (text: string) => text.replace(numbered, (place) => labels.get(place) ?? place)
  return problems.map((problem) => ({ ...problem, path: rename(problem.path), reason: rename(problem.reason) }))
}

const numbered = new RegExp(`\\b(?:${sections.map(({ path }) => path.join("\\.")).join("|")})\\[\\d+\\]`, "g")

const pemFields: { readonly [kind in EntityKind]?: ReadonlyArray<string> } = {
  "provider-account": ["ca"],
  destination: ["ca", "clientCertificate", "clientKey"]
}

/** What only matters in a store: there is no directory that a path could start from, and settings hold no entities. */
export const storeFindings = (entities: ReadonlyArray<DocumentEntity>): ReadonlyArray<Finding> => [
  ...settingsFindings(entities.find(({ kind }) => kind === "settings")?.body),
  ...sections.flatMap(({ kind, path }) =>
    entities
      .filter((entity) => entity.kind === kind)
      .flatMap(({ body }, index) => pathFindings(pemFields[kind] ?? [], body, [...path, index]))
  )
]

const pathFindings = (fields: ReadonlyArray<string>, body: unknown, at: Path): ReadonlyArray<Finding> =>
  fields.flatMap((field) => {
    const text = isDocument(body) ? body[field] : undefined
    return typeof text !== "string" || text.includes("-----BEGIN")
      ? []
      : [{ at: [...at, field], reason: "is no PEM, write the text that begins with -----BEGIN" }]
  })

const settingsFindings = (settings: unknown): ReadonlyArray<Finding> =>
  isDocument(settings) ? sections.flatMap((section) => misplaced(settings, section.path)) : []

const misplaced = (settings: Document, [first, second]: Section["path"]): ReadonlyArray<Finding> => {
  const outer = settings[first]
  if (outer === undefined) return []
  if (second === undefined) return [{ at: [first], reason: NO_SETTING }]
  if (!isDocument(outer)) return [{ at: [first], reason: "expected an object" }]
  return outer[second] === undefined ? [] : [{ at: [first, second], reason: NO_SETTING }]
}

const NO_SETTING = "expected a list of entries, which are no settings"

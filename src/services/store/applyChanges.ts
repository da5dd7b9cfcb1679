import { type DocumentEntity, isDocument, nameOf } from "../config/documentEntities.ts"
import { type EntityKind, SETTINGS_NAME, sections } from "../config/entities.ts"
import { unmaskSecrets } from "../config/maskSecrets.ts"
import { type Finding, formatPath, type Problem } from "../config/Problem.ts"
import type { Change } from "./ConfigStore.ts"
import { labelOf } from "./configProblems.ts"
import { byId, type EntityId, idOf, inOrder } from "./entityDiffs.ts"

export interface Applied {
  /** In order. */
  readonly entities: ReadonlyArray<DocumentEntity>
  /** What is wrong with the changes themselves; the entities are not judged here. */
  readonly problems: ReadonlyArray<Problem>
}

const MAX_NAME_LENGTH = 512

/** The entities after some changes. A deletion of what is not there changes nothing. */
export const applyChanges = (stored: ReadonlyArray<DocumentEntity>, changes: ReadonlyArray<Change>): Applied => {
  const entities = new Map(byId(stored))
  const problems: Array<Problem> = []
  const seen = new Set<string>()
  for (const change of changes) {
    const entity = { kind: change.kind, name: canonicalName(change) }
    const id = idOf(entity)
    const bad = whyBadName(entity)
    if (bad !== undefined) problems.push({ path: labelOf({ ...entity, name: "" }), reason: bad })
    else if (seen.has(id)) problems.push({ path: labelOf(entity), reason: "is there twice, remove one" })
    else if (change.action === "delete") entities.delete(id)
    else {
      const written = write(entity, change.body, entities.get(id)?.body)
      problems.push(...written.problems)
      entities.set(id, { ...entity, body: written.body })
    }
    seen.add(id)
  }
  return { entities: inOrder(entities.values()), problems }
}

/** A body with its name and with the secrets that it keeps. */
const write = (entity: EntityId, given: unknown, stored: unknown) => {
  if (!isDocument(given)) return { body: given, problems: [{ path: labelOf(entity), reason: "expected an object" }] }
  const problem = ({ at, reason }: Finding): Problem => ({
    path: [labelOf(entity), formatPath(at)].filter((part) => part !== "").join("."),
    reason
  })
  const { body, findings } = unmaskSecrets(entity.kind, withName(entity, given), stored)
  const problems = findings.map(problem)
  const at = [idKey(entity.kind)]
  return ownName(entity.kind, body) === entity.name
    ? { body, problems }
    : { body, problems: [...problems, problem({ at, reason: "is not the name that it is written under" })] }
}

const sectionOf = (kind: EntityKind) => sections.find((section) => section.kind === kind)

const idKey = (kind: EntityKind): string => sectionOf(kind)?.id ?? ""

const canonicalName = ({ kind, name }: EntityId): string => (kind === "token" ? name.toLowerCase() : name)

const ownName = (kind: EntityKind, body: unknown): string | undefined => {
  const section = sectionOf(kind)
  return section === undefined ? SETTINGS_NAME : nameOf(section, body)
}

const withName = ({ kind, name }: EntityId, body: { readonly [key: string]: unknown }): unknown => {
  const section = sectionOf(kind)
  return section === undefined || section.id in body ? body : { [section.id]: name, ...body }
}

const whyBadName = ({ kind, name }: EntityId): string | undefined => {
  if (kind === "settings") return name === SETTINGS_NAME ? undefined : `has one entry, named ${SETTINGS_NAME}`
  if (name === "") return `has an entry without ${idKey(kind)}, add it`
  if (name.length > MAX_NAME_LENGTH) return `has a name longer than ${MAX_NAME_LENGTH} characters`
  return name.isWellFormed() && !/\p{Cc}/u.test(name) ? undefined : "has a name with characters that none can have"
}

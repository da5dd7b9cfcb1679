import { isDocument, nameOf, readSection } from "../../services/config/documentEntities.ts"
import { sections } from "../../services/config/entities.ts"
import type { Locate, Path, Problem } from "../../services/config/Problem.ts"
import { labelOf } from "../../services/store/configProblems.ts"

/**
 * Where in a document that stands which the control plane calls by name: `virtualModels[prod/chat].routing.type`.
 * Undefined where it is not the document's.
 */
export const placeOf = (path: string, document: unknown): Path | undefined => {
  if (!isDocument(document) || path === "") return undefined
  for (const section of sections) {
    const place = section.path.join(".")
    if (path !== place && !path.startsWith(`${place}[`)) continue
    const entries = readSection(document, section)
    for (const [index, entry] of (Array.isArray(entries) ? entries : []).entries()) {
      const label = labelOf({ kind: section.kind, name: nameOf(section, entry) ?? "" })
      if (path === label || path.startsWith(`${label}.`)) {
        return [...section.path, index, ...stepsOf(path.slice(label.length))]
      }
    }
    return undefined
  }
  return stepsOf(path)
}

const stepsOf = (path: string): Path =>
  [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, key]) =>
    index === undefined ? (key ?? "") : Number(index)
  )

/** The problem with its place in the file, where that is known. */
export const placed = (problem: Problem, document: unknown, locate: Locate): Problem => {
  const place = placeOf(problem.path, document)
  return place === undefined ? problem : { ...problem, position: locate(place) }
}

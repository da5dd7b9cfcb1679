import { type EntityKind, sections } from "../../services/config/entities.ts"
import type { ApiProblem } from "../api/ApiProblem.ts"
import { formatMessage } from "../format/names.ts"
import type { FieldErrors } from "./fieldErrors.ts"

/**
 * Where a problem's errors belong in the form of one entity, each at the nearest place that the form has:
 * `virtualModels[prod/chat].routing.targets[1].model` at `routing.targets[1].model`. `places` as in `EntitySpec`;
 * without a name, any entity of the kind is the form's. What is hidden in names that are quoted is shown.
 */
export const placeProblems = (
  problem: ApiProblem,
  kind: EntityKind,
  name: string | undefined,
  places: ReadonlyArray<string>
): FieldErrors => {
  const known = new Set(places)
  const fields: Record<string, string> = {}
  const others: Array<string> = []
  for (const { path, reason: said } of problem.errors) {
    const reason = formatMessage(said)
    const inner = innerPath(path, kind, name)
    const place = inner === undefined ? undefined : nearest(inner, known)
    if (inner === undefined || place === undefined)
      others.push(path === "" ? reason : `${formatMessage(path)} ${reason}`)
    else
      fields[place] ??=
        inner === place ? reason : `${formatMessage(inner.slice(place.length).replace(/^\./, ""))} ${reason}`
  }
  if (problem.errors.length === 0) others.push(formatMessage(problem.message))
  return { fields, others }
}

const innerPath = (path: string, kind: EntityKind, name: string | undefined): string | undefined => {
  const section = `${sections.find((one) => one.kind === kind)?.path.join(".") ?? ""}[`
  const own = name === undefined ? path.slice(0, path.indexOf("]") + 1) : `${section}${name}]`
  for (const outer of [...(own.startsWith(section) ? [own] : []), "payload.body", "payload", "destination"]) {
    if (path === outer) return ""
    if (path.startsWith(`${outer}.`)) return path.slice(outer.length + 1)
  }
  return undefined
}

const nearest = (path: string, known: ReadonlySet<string>): string | undefined => {
  for (let at = path; at !== ""; at = at.replace(/(?:\.?[^.[\]]+|\[[^\]]*\])$/, "")) {
    if (known.has(at.replace(/\[\d+\]/g, "[]"))) return at
    if (!/[\w\]]$/.test(at)) return undefined
  }
  return undefined
}

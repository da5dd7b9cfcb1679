import { didYouMean } from "./didYouMean.ts"
import { type Finding, formatPath, type Path } from "./Problem.ts"

/** Notes a name, or that another has it already. */
export const claim = (
  taken: Map<string, Path>,
  findings: Array<Finding>,
  name: string | undefined,
  owner: Path,
  key: string,
  reason: (first: string) => string
): void => {
  if (name === undefined) return
  const first = taken.get(name)
  if (first === undefined) taken.set(name, owner)
  else findings.push({ at: [...owner, key], reason: reason(formatPath(first)) })
}

/** What is said of a second owner of a name. */
export const nameTaken = (first: string) => `is already the name of ${first}, choose another`

export const isToken = (first: string) => `is the token of ${first} too, remove one`
export const isIssuer = (first: string) => `is the issuer of ${first} too, remove one`

/** What is said of a model that nobody has, with the one that was most likely meant. */
export const leadsNowhere = (name: string, candidates: Iterable<string>): string => {
  const meant = didYouMean(name, candidates)
  return meant === undefined ? "names no model, write it as account/model" : `names no model, did you mean "${meant}"?`
}

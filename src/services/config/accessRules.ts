import { claim, isIssuer, isToken, leadsNowhere, nameTaken } from "./claims.ts"
import { isPattern, matching } from "./namePatterns.ts"
import type { Outline } from "./Outline.ts"
import type { Finding, Path } from "./Problem.ts"

type Access = NonNullable<Outline["access"]>
type Token = Exclude<NonNullable<Access["tokens"]>[number], undefined>
type Issuer = Exclude<NonNullable<Access["jwt"]>[number], undefined>
type Subject = Exclude<NonNullable<Access["subjects"]>[number], undefined>

/** Whether callers' entries are told apart, name models that there are, and let each caller use something. */
export const accessFindings = (outline: Outline, routes: ReadonlyArray<string>): ReadonlyArray<Finding> => {
  const { jwt = [], subjects = [], teams = [], tokens = [] } = outline.access ?? {}
  const findings: Array<Finding> = []
  const known = new Set(routes)
  const check = (patterns: ReadonlyArray<string | undefined> | undefined, at: Path): void => {
    for (const [i, pattern] of (patterns ?? []).entries()) {
      if (pattern === undefined || known.has(pattern)) continue
      if (!isPattern(pattern)) findings.push({ at: [...at, "models", i], reason: leadsNowhere(pattern, routes) })
      else if (!routes.some(matching([pattern])))
        findings.push({ at: [...at, "models", i], reason: "matches no model, correct the pattern or remove it" })
    }
  }
  const grants = grantsOf(outline)
  const digests = new Map<string, Path>()
  for (const [i, token] of tokens.entries()) {
    const at = ["access", "tokens", i]
    claim(digests, findings, token?.sha256?.toLowerCase(), at, "sha256", isToken)
    check(token?.models, at)
    if (token !== undefined && !grants.token(token)) findings.push({ at: [...at, "models"], reason: mayUseNothing })
  }
  const issuers = new Map<string, Path>()
  for (const [i, issuer] of jwt.entries()) {
    const at = ["access", "jwt", i]
    claim(issuers, findings, issuer?.issuer, at, "issuer", isIssuer)
    check(issuer?.models, at)
    if (issuer !== undefined && !grants.issuer(issuer)) findings.push({ at: [...at, "models"], reason: mayUseNothing })
  }
  const teamNames = new Map<string, Path>()
  for (const [i, team] of teams.entries()) {
    const at = ["access", "teams", i]
    claim(teamNames, findings, team?.name, at, "name", nameTaken)
    check(team?.models, at)
  }
  const subjectNames = new Map<string, Path>()
  for (const [i, subject] of subjects.entries()) {
    const at = ["access", "subjects", i]
    claim(subjectNames, findings, subject?.subject, at, "subject", isSubject)
    check(subject?.models, at)
    const hasTeams = subject !== undefined && "teams" in subject && subject.teams?.length !== 0
    if (subject !== undefined && !("models" in subject) && !hasTeams)
      findings.push({ at, reason: "gives its subject nothing, add models or teams, or remove it" })
  }
  return findings
}

const isSubject = (first: string) => `is the subject of ${first} too, remove one`

const mayUseNothing =
  'is missing, and no entry of access.teams or access.subjects gives models either: name a model or write "*" for all'

/** Whether a caller may use anything at all. Models that are there in any form count: what is wrong with them is told elsewhere. */
const grantsOf = ({ access: { subjects = [], teams = [] } = {} }: Outline) => {
  const granting = new Set(teams.flatMap((team) => team?.name ?? []))
  const anyOf = (names: ReadonlyArray<string | undefined> | undefined) =>
    (names ?? []).some((team) => team !== undefined && granting.has(team))
  const ofSubject = (entry: Subject | undefined) => entry !== undefined && ("models" in entry || anyOf(entry.teams))
  const bySubject = new Map(subjects.flatMap((entry) => (entry?.subject === undefined ? [] : [[entry.subject, entry]])))
  return {
    token: (token: Token) => "models" in token || anyOf(token.teams) || ofSubject(bySubject.get(token.subject ?? "")),
    // Its tokens name their subjects and teams themselves: it is enough that there is somebody to be.
    issuer: (issuer: Issuer) =>
      "models" in issuer || ("teamsClaim" in issuer && granting.size > 0) || subjects.some(ofSubject)
  }
}

import { claim, isIssuer, isToken, leadsNowhere, nameTaken } from "./claims.ts"
import { isPattern, matching } from "./namePatterns.ts"
import type { EntryOutline, Outline } from "./Outline.ts"
import type { Finding, Path } from "./Problem.ts"
import { eachInSteps, type Steps } from "./Steps.ts"

/** What a look at one entry costs, as steps count. */
const CHECK = 4

/** Whether callers' entries are told apart, name models that there are, and let each caller use something. */
export function* accessFindings(outline: Outline, routes: ReadonlyArray<string>): Steps<ReadonlyArray<Finding>> {
  const findings: Array<Finding> = []
  const known = new Set(routes)
  /** What is wrong with a name or pattern; most stand in many entries. */
  const reasons = new Map<string, string | undefined>()
  const reasonOf = (pattern: string): string | undefined => {
    if (!isPattern(pattern)) return known.has(pattern) ? undefined : leadsNowhere(pattern, routes)
    return routes.some(matching([pattern])) ? undefined : "matches no model, correct the pattern or remove it"
  }
  const check = (patterns: ReadonlyArray<string | undefined> | undefined, at: Path): void => {
    for (const [i, pattern] of (patterns ?? []).entries()) {
      if (pattern === undefined) continue
      if (!reasons.has(pattern)) reasons.set(pattern, reasonOf(pattern))
      const reason = reasons.get(pattern)
      if (reason !== undefined) findings.push({ at: [...at, "models", i], reason })
    }
  }
  const grants = yield* grantsOf(outline)
  const digests = new Map<string, Path>()
  yield* eachInSteps(outline.token, (token, i) => {
    const at = ["access", "tokens", i]
    claim(digests, findings, token?.sha256?.toLowerCase(), at, "sha256", isToken)
    check(token?.models, at)
    if (token !== undefined && !grants.token(token)) findings.push({ at: [...at, "models"], reason: mayUseNothing })
    return CHECK
  })
  const issuers = new Map<string, Path>()
  for (const [i, issuer] of outline["jwt-issuer"].entries()) {
    const at = ["access", "jwt", i]
    claim(issuers, findings, issuer?.issuer, at, "issuer", isIssuer)
    check(issuer?.models, at)
    if (issuer !== undefined && !grants.issuer(issuer)) findings.push({ at: [...at, "models"], reason: mayUseNothing })
  }
  const teamNames = new Map<string, Path>()
  yield* eachInSteps(outline.team, (team, i) => {
    const at = ["access", "teams", i]
    claim(teamNames, findings, team?.name, at, "name", nameTaken)
    check(team?.models, at)
    return CHECK
  })
  const subjectNames = new Map<string, Path>()
  yield* eachInSteps(outline.subject, (subject, i) => {
    const at = ["access", "subjects", i]
    claim(subjectNames, findings, subject?.subject, at, "subject", isSubject)
    check(subject?.models, at)
    const hasTeams = subject !== undefined && "teams" in subject && subject.teams?.length !== 0
    if (subject !== undefined && !("models" in subject) && !hasTeams)
      findings.push({ at, reason: "gives its subject nothing, add models or teams, or remove it" })
    return CHECK
  })
  return findings
}

const isSubject = (first: string) => `is the subject of ${first} too, remove one`

const mayUseNothing =
  'is missing, and no entry of access.teams or access.subjects gives models either: name a model or write "*" for all'

interface Grants {
  readonly token: (token: EntryOutline<"token">) => boolean
  readonly issuer: (issuer: EntryOutline<"jwt-issuer">) => boolean
}

/** Whether a caller may use anything at all. Models that are there in any form count: what is wrong with them is told elsewhere. */
function* grantsOf(outline: Outline): Steps<Grants> {
  const subjects = outline.subject
  const granting = new Set(outline.team.flatMap((team) => team?.name ?? []))
  const anyOf = (names: ReadonlyArray<string | undefined> | undefined) =>
    (names ?? []).some((team) => team !== undefined && granting.has(team))
  const ofSubject = (entry: EntryOutline<"subject"> | undefined) =>
    entry !== undefined && ("models" in entry || anyOf(entry.teams))
  const bySubject = new Map<string, EntryOutline<"subject">>()
  let anySubject = false
  yield* eachInSteps(subjects, (entry) => {
    if (entry?.subject !== undefined) bySubject.set(entry.subject, entry)
    anySubject ||= ofSubject(entry)
    return CHECK
  })
  return {
    token: (token) => "models" in token || anyOf(token.teams) || ofSubject(bySubject.get(token.subject ?? "")),
    // Its tokens name their subjects and teams themselves: it is enough that there is somebody to be.
    issuer: (issuer) => "models" in issuer || ("teamsClaim" in issuer && granting.size > 0) || anySubject
  }
}

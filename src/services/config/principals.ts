import type { Principal } from "./CompiledConfig.ts"
import type { GatewayConfig } from "./GatewayConfig.ts"
import { matching } from "./namePatterns.ts"
import { eachInSteps, LOOK, type Steps } from "./Steps.ts"

type Access = Pick<GatewayConfig["access"], "subjects" | "teams">
type Token = GatewayConfig["access"]["tokens"][number]

/** Makes principals: what a caller comes with, together with what the entries of its subject and of all its teams add. */
export interface Principals {
  /** A team that has no entry adds nothing. */
  readonly of: (subject: string, own: ReadonlyArray<string>, models: ReadonlyArray<string>) => Principal
  /** The same each time. */
  readonly ofToken: (token: Token) => Principal
  /** Whether it was made before. */
  readonly knows: (token: Token) => boolean
  /** Whether it says what one of these entries would. */
  readonly isOf: (access: Access) => boolean
}

export function* principals({ subjects, teams }: Access): Steps<Principals> {
  const modelsOf = new Map(teams.map(({ models, name }) => [name, models]))
  const entries = new Map<string, Access["subjects"][number]>()
  yield* eachInSteps(subjects, (entry) => {
    entries.set(entry.subject, entry)
    return LOOK
  })
  const made = new WeakMap<Token, Principal>()
  const of: Principals["of"] = (subject, own, models) => {
    const entry = entries.get(subject)
    const all = [...new Set([...own, ...(entry?.teams ?? [])])]
    const patterns = [...models, ...(entry?.models ?? []), ...all.flatMap((team) => modelsOf.get(team) ?? [])]
    return { subject, teams: all, mayUse: matching(patterns) }
  }
  return {
    of,
    ofToken: (token) => {
      const before = made.get(token)
      if (before !== undefined) return before
      const principal = of(token.subject, token.teams, token.models ?? [])
      made.set(token, principal)
      return principal
    },
    knows: (token) => made.has(token),
    isOf: (access) => areSame(access.subjects, subjects) && areSame(access.teams, teams)
  }
}

const areSame = (a: ReadonlyArray<unknown>, b: ReadonlyArray<unknown>): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index])

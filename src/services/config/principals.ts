import type { Principal } from "./CompiledConfig.ts"
import type { GatewayConfig } from "./GatewayConfig.ts"
import { matching } from "./namePatterns.ts"

/**
 * Makes principals: what a caller comes with, together with what the entries of its subject and of all its teams add.
 * A team that has no entry adds nothing.
 */
export const principals = ({ subjects, teams }: Pick<GatewayConfig["access"], "subjects" | "teams">) => {
  const modelsOf = new Map(teams.map(({ models, name }) => [name, models]))
  const entries = new Map(subjects.map((entry) => [entry.subject, entry]))
  return (subject: string, own: ReadonlyArray<string>, models: ReadonlyArray<string>): Principal => {
    const entry = entries.get(subject)
    const all = [...new Set([...own, ...(entry?.teams ?? [])])]
    const patterns = [...models, ...(entry?.models ?? []), ...all.flatMap((team) => modelsOf.get(team) ?? [])]
    return { subject, teams: all, mayUse: matching(patterns) }
  }
}

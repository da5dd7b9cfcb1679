import { matching } from "../../../services/config/namePatterns.ts"
import type { ShownConfig } from "../../api/types.ts"
import { type Body, record, text, texts } from "../../components/readBody.ts"

/** Something that lets a caller use models. */
export interface Grant {
  /** `itself`, `subject user:alice`, `team ml`. */
  readonly from: string
  readonly patterns: ReadonlyArray<string>
}

export interface ReachedModel {
  readonly model: string
  readonly from: ReadonlyArray<string>
}

/** Who gets what, as the gateway adds it up: one's own models, those of the subject's entry, and those of all its teams. */
export const grantsOf = ({ entities }: Pick<ShownConfig, "entities">) => {
  const bodies = (kind: string) => entities.filter((entity) => entity.kind === kind).map(({ body }) => record(body))
  const teams = new Map(bodies("team").map((team) => [text(team["name"]), texts(team["models"])]))
  const subjects = new Map(bodies("subject").map((entry) => [text(entry["subject"]), entry]))

  const add = (own: Body, subject: string, ownName: string): ReadonlyArray<Grant> => {
    const entry = subjects.get(subject)
    const all = new Set([...texts(own["teams"]), ...texts(entry?.["teams"])])
    const grants: ReadonlyArray<Grant> = [
      { from: ownName, patterns: texts(own["models"]) },
      ...(entry === undefined || entry === own
        ? []
        : [{ from: `subject ${subject}`, patterns: texts(entry["models"]) }]),
      ...[...all].map((team) => ({ from: `team ${team}`, patterns: teams.get(team) ?? [] }))
    ]
    return grants.filter(({ patterns }) => patterns.length > 0)
  }

  return {
    token: (body: unknown) => add(record(body), text(record(body)["subject"]), "itself"),
    subject: (name: string) => add(subjects.get(name) ?? {}, name, "itself"),
    team: (name: string): ReadonlyArray<Grant> => [{ from: "itself", patterns: teams.get(name) ?? [] }],
    /** What every one of its tokens may use; what its claims say comes on top. */
    issuer: (body: unknown): ReadonlyArray<Grant> => [{ from: "itself", patterns: texts(record(body)["models"]) }]
  }
}

/** The models, of all that there are, that the grants open, each with what opens it. */
export const reached = (grants: ReadonlyArray<Grant>, routes: ReadonlyArray<string>): ReadonlyArray<ReachedModel> => {
  const tests = grants.map(({ from, patterns }) => ({ from, opens: matching(patterns) }))
  return routes.flatMap((model) => {
    const from = tests.filter(({ opens }) => opens(model)).map((test) => test.from)
    return from.length === 0 ? [] : [{ model, from }]
  })
}

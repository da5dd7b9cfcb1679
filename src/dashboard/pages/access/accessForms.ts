import { signal } from "@preact/signals"
import type { EntityDraft, EntitySpec } from "../../components/entitySpec.ts"
import { optionalText, optionalTexts, record, text, texts } from "../../components/readBody.ts"

type Rest = Readonly<Record<string, unknown>>

const noDrafts = <F>() => signal<Readonly<Record<string, EntityDraft<F>>>>({})

export interface TeamForm {
  readonly name: string
  readonly models: ReadonlyArray<string>
  readonly rest: Rest
}

export const teamSpec: EntitySpec<TeamForm> = {
  kind: "team",
  noun: "team",
  places: ["name", "models"],
  nameOf: ({ name }) => name.trim(),
  read: (body) => {
    const { name, models, ...rest } = record(body)
    return { name: text(name), models: texts(models), rest }
  },
  write: ({ name, models, rest }) => ({ name: name.trim(), models, ...rest }),
  check: ({ name, models }) => ({
    ...(name.trim() === "" ? { name: "Give it a name." } : {}),
    ...(models.length === 0 ? { models: "Name a model, or write * for all." } : {})
  }),
  drafts: noDrafts()
}

export interface SubjectForm {
  readonly subject: string
  readonly teams: ReadonlyArray<string>
  readonly models: ReadonlyArray<string>
  readonly rest: Rest
}

export const subjectSpec: EntitySpec<SubjectForm> = {
  kind: "subject",
  noun: "subject",
  places: ["subject", "teams", "models"],
  nameOf: ({ subject }) => subject.trim(),
  read: (body) => {
    const { subject, teams, models, ...rest } = record(body)
    return { subject: text(subject), teams: texts(teams), models: texts(models), rest }
  },
  write: ({ subject, teams, models, rest }) => ({
    subject: subject.trim(),
    ...optionalTexts("teams", teams),
    ...optionalTexts("models", models),
    ...rest
  }),
  check: ({ subject, teams, models }) => ({
    ...(subject.trim() === "" ? { subject: "Write who it is." } : {}),
    ...(teams.length + models.length === 0 ? { models: "Name a model or a team: this gives nothing yet." } : {})
  }),
  drafts: noDrafts()
}

export const algorithms = ["RS256", "ES256", "EdDSA"] as const

export interface IssuerForm {
  readonly issuer: string
  readonly audience: string
  readonly jwksUrl: string
  readonly algorithms: ReadonlyArray<string>
  readonly subjectClaim: string
  readonly teamsClaim: string
  readonly models: ReadonlyArray<string>
  readonly rest: Rest
}

export const issuerSpec: EntitySpec<IssuerForm> = {
  kind: "jwt-issuer",
  noun: "issuer",
  places: ["issuer", "audience", "jwksUrl", "algorithms", "subjectClaim", "teamsClaim", "models"],
  nameOf: ({ issuer }) => issuer.trim(),
  read: (body) => {
    const { issuer, audience, jwksUrl, algorithms: written, subjectClaim, teamsClaim, models, ...rest } = record(body)
    return {
      issuer: text(issuer),
      audience: text(audience),
      jwksUrl: text(jwksUrl),
      algorithms: written === undefined ? algorithms : texts(written),
      subjectClaim: text(subjectClaim),
      teamsClaim: text(teamsClaim),
      models: texts(models),
      rest
    }
  },
  write: (form) => ({
    issuer: form.issuer.trim(),
    audience: form.audience.trim(),
    jwksUrl: form.jwksUrl.trim(),
    ...(algorithms.every((one) => form.algorithms.includes(one)) ? {} : { algorithms: form.algorithms }),
    ...optionalText("subjectClaim", form.subjectClaim),
    ...optionalText("teamsClaim", form.teamsClaim),
    ...optionalTexts("models", form.models),
    ...form.rest
  }),
  check: ({ issuer, audience, jwksUrl, algorithms: chosen }) => ({
    ...(issuer.trim() === "" ? { issuer: "Write what its tokens say in iss." } : {}),
    ...(audience.trim() === "" ? { audience: "Write what its tokens say in aud." } : {}),
    ...(jwksUrl.trim() === "" ? { jwksUrl: "Write where its keys are." } : {}),
    ...(chosen.length === 0 ? { algorithms: "Choose at least one." } : {})
  }),
  drafts: noDrafts()
}

import { signal } from "@preact/signals"
import type { EntityDraft, EntitySpec } from "../../components/entitySpec.ts"
import { optionalText, optionalTexts, record, text, texts } from "../../components/readBody.ts"
import { checkTrust, readTrust, type TrustForm, trustPlaces, writeTrust } from "./trustForm.ts"

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

export interface IssuerForm extends TrustForm {
  readonly teamsClaim: string
  readonly models: ReadonlyArray<string>
  readonly rest: Rest
}

export const issuerSpec: EntitySpec<IssuerForm> = {
  kind: "jwt-issuer",
  noun: "issuer",
  places: [...trustPlaces, "teamsClaim", "models"],
  nameOf: ({ issuer }) => issuer.trim(),
  read: (body) => {
    const { trust, others } = readTrust(body)
    const { teamsClaim, models, ...rest } = others
    return { ...trust, teamsClaim: text(teamsClaim), models: texts(models), rest }
  },
  write: (form) => ({
    ...writeTrust(form),
    ...optionalText("teamsClaim", form.teamsClaim),
    ...optionalTexts("models", form.models),
    ...form.rest
  }),
  check: checkTrust,
  drafts: noDrafts()
}

import type { EntityKind } from "../../../services/config/entities.ts"
import { formatName } from "../../format/names.ts"
import type { RevisionInfo } from "./revisions.ts"

type Changed = RevisionInfo["changes"][number]

const nouns: Readonly<Record<EntityKind, string>> = {
  "provider-account": "account",
  "virtual-model": "virtual model",
  token: "token",
  "jwt-issuer": "issuer",
  team: "team",
  subject: "subject",
  "admin-token": "admin token",
  "admin-issuer": "admin issuer",
  destination: "destination",
  settings: "settings"
}

const verbs = { create: "created", update: "changed", delete: "deleted" } as const

/** `account openai`; a token goes by the beginning of its hash. */
export const entityText = ({ kind, name }: Pick<Changed, "kind" | "name">): string =>
  kind === "settings" ? "settings" : `${nouns[kind]} ${kind === "token" ? name.slice(0, 16) : formatName(name)}`

export const verbOf = (action: Changed["action"]): string => verbs[action]

const NAMED = 3

/** `created account openai, changed team ml and 4 more` */
export const changeText = (changes: ReadonlyArray<Changed>): string => {
  const named = changes.slice(0, NAMED).map((change) => `${verbOf(change.action)} ${entityText(change)}`)
  const more = changes.length - named.length
  if (named.length === 0) return "nothing changed"
  return more === 0 ? named.join(", ") : `${named.join(", ")} and ${more} more`
}

import { type ApiProblem, asProblem } from "../../api/ApiProblem.ts"
import { previewChanges } from "../../api/api.ts"
import type { ShownConfig, ShownEntity } from "../../api/types.ts"
import { record, text } from "../../components/readBody.ts"
import { formatName } from "../../format/names.ts"

/** An entry of those who operate. */
export interface AdminEntry {
  readonly kind: "admin-token" | "admin-issuer"
  readonly name: string
}

/** What breaks when an entry goes, in sentences; `actor` is whoever looks, as the session names them. */
export const whatBreaks = (
  { entities }: Pick<ShownConfig, "entities">,
  { kind, name }: AdminEntry,
  actor: string
): ReadonlyArray<string> => {
  const gone = entities.find((entity) => entity.kind === kind && entity.name === name)
  const stay = entities.filter((entity) => entity.kind !== kind || entity.name !== name)
  const issuers = stay.filter((entity) => entity.kind === "admin-issuer").map((entity) => entity.name)
  const admins = stay.filter(isAdmin)
  return [
    kind === "admin-token"
      ? "Whoever uses it is signed out at once, and scripts and command lines that send it are refused."
      : "Whoever came with one of its tokens is signed out at once, and nobody gets in with one any more.",
    ...own(kind, name, actor),
    // Of what was so before it says nothing.
    ...(admins.length > 0 || (kind === "admin-token" && (gone === undefined || !isAdmin(gone)))
      ? []
      : issuers.length > 0
        ? [
            `No token with the role admin is left: only tokens of ${issuers.map(formatName).join(", ")} let an admin in.`
          ]
        : [
            "No admin is left in the configuration: only SPANGATE_ADMIN_TOKEN, which the control plane is started with, lets one in."
          ])
  ]
}

const isAdmin = ({ kind, body }: ShownEntity): boolean =>
  kind === "admin-token" && text(record(body)["role"]) === "admin"

const own = (kind: AdminEntry["kind"], name: string, actor: string): ReadonlyArray<string> => {
  if (kind === "admin-token" && actor === `token:${name}`)
    return ["You are signed in with it: you are signed out too, and need another token to come back."]
  return kind === "admin-issuer" && actor.startsWith("jwt:")
    ? ["You are signed in with a JWT: if it is this issuer's, you are signed out too."]
    : []
}

/** Why the control plane would not let an entry go; nothing where it would. Fails with `ApiProblem`. */
export const refusalOf = async ({ kind, name }: AdminEntry, base: number): Promise<ReadonlyArray<string>> => {
  try {
    await previewChanges(base, [{ action: "delete", kind, name }])
    return []
  } catch (cause) {
    const problem = asProblem(cause)
    if (problem.current !== undefined && problem.current !== base) return refusalOf({ kind, name }, problem.current)
    if (problem.status !== 422) throw problem
    return reasons(problem)
  }
}

const reasons = ({ errors, message }: ApiProblem): ReadonlyArray<string> =>
  errors.length === 0 ? [message] : errors.map(({ path, reason }) => `${path === "admin" ? "This" : path} ${reason}`)

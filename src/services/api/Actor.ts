import * as Context from "effect/Context"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"

/** viewer < editor < admin: each may do what those before it may. */
export const Role = Schema.Literals(["viewer", "editor", "admin"])
export type Role = typeof Role.Type

/** Who calls the API, once that is known. */
export class Actor extends Context.Service<
  Actor,
  {
    /** As revisions and the audit log name it: `token:ci`, `jwt:alice@acme.io`, `admin`. */
    readonly name: string
    readonly role: Role
    /** Of a session of the dashboard: what a changing request must send in `x-spangate-csrf`. */
    readonly csrf?: string
    /** Unix milliseconds at which the session or the JWT ends. */
    readonly expiresAt?: number
  }
>()("spangate/services/api/Actor") {}

/** The least role that an endpoint asks for. */
export const RequiredRole = Context.Reference<Role>("spangate/services/api/RequiredRole", {
  defaultValue: () => "viewer"
})

const rank: { readonly [role in Role]: number } = { viewer: 0, editor: 1, admin: 2 }

export const mayAct = (role: Role, required: Role): boolean => rank[role] >= rank[required]

/** What an endpoint does, and who may call it. */
export const about = (summary: string, role: Role = "viewer"): Context.Context<never> =>
  Context.add(OpenApi.annotations({ summary, description: `Needs the role ${role}.` }), RequiredRole, role)

import type { Role } from "../../api/types.ts"

/** From the one that may least. */
export const roles: ReadonlyArray<Role> = ["viewer", "editor", "admin"]

/** What each may do, in words. */
export const mayDo: Readonly<Record<Role, string>> = {
  viewer: "Sees everything but secrets and the audit log: traces with what people wrote too. Changes nothing.",
  editor: "Sees what a viewer sees, changes the configuration, and uses the playground.",
  admin: "Does what an editor does, says who administers, and reads the audit log."
}

export const asRole = (value: string): Role => roles.find((role) => role === value) ?? "viewer"

import * as Predicate from "effect/Predicate"
import type { EntityKind } from "../config/entities.ts"
import { mayAct, type Role } from "./Actor.ts"

/**
 * An entity's body as a role may see it. The hash of an admin token is not for viewers: whoever has it may guess at any
 * speed. An editor applies the document that he was shown, and who operates must be whole in it.
 */
export const withoutAdminHash = (role: Role, kind: EntityKind, body: unknown): unknown => {
  if (kind !== "admin-token" || mayAct(role, "editor") || !Predicate.isObject(body)) return body
  return Object.fromEntries(Object.entries(body).filter(([key]) => key !== "sha256"))
}

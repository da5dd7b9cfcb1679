import { signal } from "@preact/signals"
import type { EntityDraft, EntitySpec } from "../../components/entitySpec.ts"
import { type Body, optionalText, text } from "../../components/readBody.ts"
import { checkTrust, readTrust, type TrustForm, trustPlaces, writeTrust } from "../access/trustForm.ts"

export interface AdminIssuerForm extends TrustForm {
  readonly rolesClaim: string
  readonly rest: Body
}

export const adminIssuerSpec: EntitySpec<AdminIssuerForm> = {
  kind: "admin-issuer",
  noun: "issuer",
  places: [...trustPlaces, "rolesClaim"],
  nameOf: ({ issuer }) => issuer.trim(),
  read: (body) => {
    const { trust, others } = readTrust(body)
    const { rolesClaim, ...rest } = others
    return { ...trust, rolesClaim: text(rolesClaim), rest }
  },
  write: (form) => ({ ...writeTrust(form), ...optionalText("rolesClaim", form.rolesClaim), ...form.rest }),
  check: checkTrust,
  drafts: signal<Readonly<Record<string, EntityDraft<AdminIssuerForm>>>>({})
}

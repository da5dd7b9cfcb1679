import { signal } from "@preact/signals"
import { sha256 } from "../../../services/trace/sha256.ts"
import { ApiProblem } from "../../api/ApiProblem.ts"
import { saveEntity } from "../../api/saveEntity.ts"
import type { Role, ShownConfig } from "../../api/types.ts"
import { record, text } from "../../components/readBody.ts"

export interface ListedAdminToken {
  readonly name: string
  /** As the configuration writes it. */
  readonly role: string
  /** First 16 hex digits of its SHA-256. */
  readonly id: string
  /** That last changed it. */
  readonly revision: number
}

export interface NewAdminToken {
  readonly name: string
  readonly token: string
}

/** Made and not yet put away by its reader: a look at another page does not lose it. */
export const shownAdminToken = signal<NewAdminToken | undefined>(undefined)

const ID_DIGITS = 16

export const adminTokens = ({ entities }: Pick<ShownConfig, "entities">): ReadonlyArray<ListedAdminToken> =>
  entities
    .filter(({ kind }) => kind === "admin-token")
    .map(({ name, body, revision }) => ({
      name,
      role: text(record(body)["role"]),
      id: text(record(body)["sha256"]).toLowerCase().slice(0, ID_DIGITS),
      revision
    }))

const TOKEN_BYTES = 32

/** 256 random bits. Made here, so that the token itself is never sent: the control plane gets its hash. */
const makeToken = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES))
  const base64 = btoa(String.fromCharCode(...bytes))
  return `sga-${base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`
}

/** `base` is the revision that the names were read at. Fails with `ApiProblem`, also where the name is taken. */
export const createAdminToken = async (name: string, role: Role, base: number): Promise<NewAdminToken> => {
  const token = makeToken()
  const saved = await saveEntity("admin-token", name, base, { name, role, sha256: sha256(token) }, true)
  if (saved.outcome === "conflict") {
    const taken = { path: "payload.body.name", reason: "has just been taken by somebody else, choose another name" }
    throw new ApiProblem(409, "The name is taken.", [taken])
  }
  return { name, token }
}

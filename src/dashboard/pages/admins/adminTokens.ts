import { signal } from "@preact/signals"
import { sha256 } from "../../../services/trace/sha256.ts"
import { ApiProblem, asProblem } from "../../api/ApiProblem.ts"
import { getEntity } from "../../api/api.ts"
import { saveEntity } from "../../api/saveEntity.ts"
import type { Role, ShownConfig, ShownEntity } from "../../api/types.ts"
import { type Body, record, text } from "../../components/readBody.ts"

export interface ListedAdminToken {
  readonly name: string
  /** As the configuration writes it. */
  readonly role: string
  /** First 16 hex digits of its SHA-256; absent where the API keeps that from who asks. */
  readonly id?: string
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
    .map(({ name, body, revision }) => {
      const id = text(record(body)["sha256"]).toLowerCase().slice(0, ID_DIGITS)
      return { name, role: text(record(body)["role"]), ...(id === "" ? {} : { id }), revision }
    })

const TOKEN_BYTES = 32

/** 256 random bits. Made here, so that the token itself is never sent: the control plane gets its hash. */
const makeToken = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES))
  const base64 = btoa(String.fromCharCode(...bytes))
  return `sga-${base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`
}

/** Sent, and whether it was saved is not known: trying the name again sends the same. */
let unanswered: NewAdminToken | undefined

/** `base` is the revision that the names were read at. Fails with `ApiProblem`, also where the name is taken. */
export const createAdminToken = async (name: string, role: Role, base: number): Promise<NewAdminToken> => {
  const made = unanswered?.name === name ? unanswered : { name, token: makeToken() }
  const body = { name, role, sha256: sha256(made.token) }
  try {
    await save(body, base)
  } catch (cause) {
    if (asProblem(cause).status !== 0) throw cause
    unanswered = made
    const kept = record((await lookUp(name))?.body)
    if (!isHashOf(kept, body) || kept["role"] !== role) throw cause
  }
  unanswered = undefined
  return made
}

interface TokenBody {
  readonly name: string
  readonly role: Role
  readonly sha256: string
}

const save = async (body: TokenBody, base: number): Promise<void> => {
  const saved = await saveEntity("admin-token", body.name, base, body, true)
  if (saved.outcome === "saved") return
  // A try that was not answered left its hash there, with the role that was chosen then.
  const theirs = record(saved.theirs?.body)
  if (!isHashOf(theirs, body)) throw taken()
  if (theirs["role"] === body.role) return
  const again = await saveEntity("admin-token", body.name, saved.current, body, false)
  if (again.outcome === "conflict") throw taken()
}

const isHashOf = (kept: Body, { sha256 }: TokenBody): boolean => text(kept["sha256"]).toLowerCase() === sha256

const lookUp = (name: string): Promise<ShownEntity | undefined> => getEntity("admin-token", name).catch(() => undefined)

const taken = () =>
  new ApiProblem(409, "The name is taken.", [
    { path: "payload.body.name", reason: "has just been taken by somebody else, choose another name" }
  ])

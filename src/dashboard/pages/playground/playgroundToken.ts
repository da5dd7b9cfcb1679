import { signal } from "@preact/signals"
import { getStatus } from "../../api/api.ts"
import { hasRevision } from "../../components/hasRevision.ts"
import { createToken, revokeToken } from "../access/tokens.ts"

/** The gateway's token that the playground calls with. */
export interface PlaygroundToken {
  readonly token: string
  /** Of one that was made here: it can be revoked. */
  readonly id?: string
}

export const PLAYGROUND_SUBJECT = "user:playground"

const KEY = "spangate.playground.token"
const PATIENCE_MS = 5000
const POLL_MS = 250

const read = (): PlaygroundToken | undefined => {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "null")
    if (typeof kept !== "object" || kept === null || !("token" in kept) || typeof kept.token !== "string")
      return undefined
    return { token: kept.token, ...("id" in kept && typeof kept.id === "string" ? { id: kept.id } : {}) }
  } catch {
    return undefined
  }
}

/** Kept for this tab, until it is closed. */
export const playgroundToken = signal<PlaygroundToken | undefined>(read())

export const keepToken = (token: PlaygroundToken | undefined): void => {
  if (token === undefined) sessionStorage.removeItem(KEY)
  else sessionStorage.setItem(KEY, JSON.stringify(token))
  playgroundToken.value = token
}

/** Makes one that may use every model, and waits a little for the gateways to know it. Fails with `ApiProblem`. */
export const makeToken = async (): Promise<void> => {
  const { token, id, revision } = await createToken({ subject: PLAYGROUND_SUBJECT, models: ["*"] })
  const until = performance.now() + PATIENCE_MS
  while (performance.now() < until && !(await isEverywhere(revision))) {
    await new Promise((resolve) => window.setTimeout(resolve, POLL_MS))
  }
  keepToken({ token, id })
}

const isEverywhere = async (revision: number): Promise<boolean> => {
  try {
    const { members } = await getStatus()
    return members.length > 0 && members.every(hasRevision(revision))
  } catch {
    return false
  }
}

/** Puts the token away, and revokes it where it was made here. Fails with `ApiProblem`. */
export const dropToken = async (): Promise<void> => {
  const id = playgroundToken.value?.id
  if (id !== undefined) await revokeToken(id)
  keepToken(undefined)
}

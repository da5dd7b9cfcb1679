import { signal } from "@preact/signals"
import { request } from "../../api/request.ts"

/** A caller's token, as it is listed. */
export interface ListedToken {
  /** First 16 hex digits of its SHA-256. */
  readonly id: string
  readonly subject: string
  readonly teams: ReadonlyArray<string>
  readonly models?: ReadonlyArray<string>
  /** Unix milliseconds. */
  readonly createdAt?: number
}

export interface NewToken extends ListedToken {
  /** Shown this once. */
  readonly token: string
  readonly revision: number
}

interface TokenInput {
  readonly subject: string
  readonly teams?: ReadonlyArray<string>
  readonly models?: ReadonlyArray<string>
}

/** Made and not yet put away by its reader: a look at another page does not lose it. */
export const shownToken = signal<NewToken | undefined>(undefined)

export const listTokens = (signal?: AbortSignal) =>
  request<ReadonlyArray<ListedToken>>("GET", "tokens", signal === undefined ? {} : { signal })

export const createToken = (input: TokenInput) => request<NewToken>("POST", "tokens", { body: input })

export const revokeToken = (id: string) =>
  request<{ readonly revision: number }>("DELETE", `tokens/${encodeURIComponent(id)}`)

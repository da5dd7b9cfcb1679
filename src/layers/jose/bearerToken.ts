import { malformed, missing, type Refusal } from "./refusals.ts"

/** More than identity providers put into a token, less than what Node takes as a header; bounds what is hashed. */
const MAX_TOKEN_LENGTH = 8192

const BEARER = "Bearer "
const SCHEME = /^bearer(?: +|$)/i

/**
 * The token of `Authorization: Bearer …`, else of `x-api-key`; an Authorization that is there decides alone.
 * Nothing is said of its characters: a string that is not one token is the hash of no key and the shape of no JWT.
 */
export const bearerToken = (authorization: string | undefined, apiKey: string | undefined): string | Refusal => {
  if (!authorization) return bounded(apiKey ?? "")
  // What every client library sends goes without the regular expression.
  if (authorization.startsWith(BEARER) && authorization.charAt(BEARER.length) !== " ") {
    return bounded(authorization.slice(BEARER.length))
  }
  const scheme = SCHEME.exec(authorization)
  return scheme === null ? malformed : bounded(authorization.slice(scheme[0].length))
}

const bounded = (token: string): string | Refusal =>
  token === "" ? missing : token.length > MAX_TOKEN_LENGTH ? malformed : token

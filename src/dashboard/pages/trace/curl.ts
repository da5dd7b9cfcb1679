import type { StoredSpan } from "../../../services/store/TraceSummary.ts"

/** For a POSIX shell: everything stays what it is. */
export const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** The request's body, where all of it was captured. */
export const wholeBody = ({ attributes }: StoredSpan): string | undefined => {
  const body = attributes["tfy.input"]
  return typeof body === "string" && attributes["gateway.input_truncated"] !== true ? body : undefined
}

/** The request again, as a shell would send it; the token is left to `$SPANGATE_TOKEN`. */
export const toCurl = ({ attributes }: StoredSpan, body: string): string => {
  const read = (name: string, otherwise: string) => String(attributes[name] ?? otherwise)
  const host = read("server.address", "127.0.0.1")
  const address = host.includes(":") ? `[${host.replace(/^\[|\]$/g, "")}]` : host
  const port = attributes["server.port"]
  const url = `${read("url.scheme", "http")}://${address}${port === undefined ? "" : `:${port}`}${read("url.path", "/")}`
  return [
    `curl ${shellQuote(url)}`,
    `-H "Authorization: Bearer $SPANGATE_TOKEN"`,
    `-H 'Content-Type: application/json'`,
    `--data-raw ${shellQuote(body)}`
  ].join(" \\\n  ")
}

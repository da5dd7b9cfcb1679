import type { StoredSpan } from "../../../services/store/TraceSummary.ts"

/** For a POSIX shell: everything stays what it is. */
export const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/**
 * The request again, as a shell would send it; the token is left to `$SPANGATE_TOKEN`. None where its body was not
 * captured or was cut.
 */
export const toCurl = (root: StoredSpan): string | undefined => {
  const body = root.attributes["tfy.input"]
  if (typeof body !== "string" || root.attributes["gateway.input_truncated"] === true) return undefined
  const read = (name: string, otherwise: string) => String(root.attributes[name] ?? otherwise)
  const host = read("server.address", "127.0.0.1")
  const address = host.includes(":") ? `[${host.replace(/^\[|\]$/g, "")}]` : host
  const port = root.attributes["server.port"]
  const url = `${read("url.scheme", "http")}://${address}${port === undefined ? "" : `:${port}`}${read("url.path", "/")}`
  return [
    `curl ${shellQuote(url)}`,
    `-H "Authorization: Bearer $SPANGATE_TOKEN"`,
    `-H 'Content-Type: application/json'`,
    `--data-raw ${shellQuote(body)}`
  ].join(" \\\n  ")
}

import * as HttpServerResponse from "effect/http/HttpServerResponse"

/** What a page of ours may load: its own files, and pictures that it holds itself. */
export const contentSecurityPolicy = (
  extra: { readonly scripts: ReadonlyArray<string>; readonly styles: ReadonlyArray<string> } = {
    scripts: [],
    styles: []
  }
): string =>
  [
    "default-src 'self'",
    ["script-src 'self'", ...extra.scripts].join(" "),
    ["style-src 'self'", ...extra.styles].join(" "),
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'"
  ].join("; ")

const common = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()"
}

const POLICY = contentSecurityPolicy()
const YEAR_SECONDS = 31_536_000

export interface Requested {
  readonly path: string
  /** By the proxy's word. */
  readonly isHttps: boolean
}

/** Says to browsers what no page of ours does. What an answer says for itself stays. */
export const withSecurityHeaders = (
  response: HttpServerResponse.HttpServerResponse,
  { isHttps, path }: Requested
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.setHeaders(response, {
    ...common,
    "content-security-policy": POLICY,
    "cache-control": cacheControl(response, path),
    ...(isHttps ? { "strict-transport-security": `max-age=${YEAR_SECONDS}` } : {}),
    ...response.headers
  })

/**
 * Built files have their content's hash in their name; what the API says is kept by nobody, in whichever of its
 * spellings the router took the path; everything else is asked for anew.
 */
const cacheControl = ({ body, headers, status }: HttpServerResponse.HttpServerResponse, path: string): string => {
  if (path.startsWith("/assets/") && status < 400) return `public, max-age=${YEAR_SECONDS}, immutable`
  const type = headers["content-type"] ?? ("contentType" in body ? body.contentType : undefined) ?? ""
  return /^\/+api\//i.test(path) || type.includes("json") ? "no-store" : "no-cache"
}

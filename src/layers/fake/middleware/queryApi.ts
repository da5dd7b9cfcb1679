import { readFileSync } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { HeldTraces } from "./HeldTraces.ts"
import { serviceMap } from "./serviceMap.ts"
import { spanView, traceSummary } from "./view.ts"

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1000

const page = (name: string, contentType: string) => ({
  contentType,
  body: readFileSync(new URL(`./page/${name}`, import.meta.url))
})

const pages: { readonly [path: string]: { readonly contentType: string; readonly body: Buffer } } = {
  "/": page("index.html", "text/html; charset=utf-8"),
  "/page.css": page("page.css", "text/css; charset=utf-8"),
  "/page.js": page("page.js", "text/javascript; charset=utf-8")
}

const sendJson = (response: ServerResponse, status: number, body: unknown) => {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
  response.end(JSON.stringify(body))
}

const limitOf = (url: URL): number => {
  const limit = Number(url.searchParams.get("limit") ?? DEFAULT_LIMIT)
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, MAX_LIMIT) : DEFAULT_LIMIT
}

/**
 * What the fake holds, as JSON and as a page.
 * `GET /api/traces?limit=`, `/api/traces/:id`, `/api/services`, `/api/service-map`, `/api/stats`; `DELETE /api/traces`.
 */
export const queryApi =
  (held: HeldTraces, stats: () => unknown, clear: () => void) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? "/", "http://fake")
    const file = pages[url.pathname]
    if (request.method === "DELETE" && url.pathname === "/api/traces") {
      clear()
      response.writeHead(204).end()
    } else if (request.method !== "GET") sendJson(response, 405, { error: "only GET, and DELETE /api/traces" })
    else if (file !== undefined) {
      response.writeHead(200, {
        "content-type": file.contentType,
        "content-security-policy":
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:"
      })
      response.end(file.body)
    } else if (url.pathname === "/api/traces") {
      const traces = held.newest(limitOf(url)).map((traceId) => traceSummary(traceId, held.trace(traceId)))
      sendJson(response, 200, { traces })
    } else if (url.pathname.startsWith("/api/traces/")) {
      const traceId = url.pathname.slice("/api/traces/".length).toLowerCase()
      const spans = held.trace(traceId)
      if (spans.length === 0) sendJson(response, 404, { error: "no such trace" })
      else sendJson(response, 200, { ...traceSummary(traceId, spans), spans: spans.map(spanView) })
    } else if (url.pathname === "/api/services") {
      const services = serviceMap(held.spans()).nodes.filter((node) => node.type === "service")
      sendJson(response, 200, { services })
    } else if (url.pathname === "/api/service-map") sendJson(response, 200, serviceMap(held.spans()))
    else if (url.pathname === "/api/stats") sendJson(response, 200, stats())
    else sendJson(response, 404, { error: "not found" })
  }

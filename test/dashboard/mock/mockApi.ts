/**
 * A control plane for the dashboard alone: the built pages behind the strict policy that the real one sends, and an
 * API that answers from samples and remembers its configuration. Run by hand: `node test/dashboard/mock/mockApi.ts 8790`.
 */
import { readFile } from "node:fs/promises"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { extname, join } from "node:path"
import type { Role, Status, TestAnswer } from "../../../src/dashboard/api/types.ts"
import type { StoredTrace, TraceSummary } from "../../../src/services/store/TraceSummary.ts"
import { sampleSeries, sampleTop } from "./sampleCharts.ts"
import { sampleAttributes, sampleStatus } from "./sampleStatus.ts"
import { sampleSummaries, sampleTrace } from "./sampleTraces.ts"

export interface MockOptions {
  readonly role?: Role
  readonly traces?: number
  /** In front of every path, as a proxy would put it. */
  readonly prefix?: string
  /** Characters that the first trace's prompt has besides. */
  readonly longTrace?: number
  /** What the status says, made of the sample's. */
  readonly status?: (sample: Status) => Status
  readonly destinations?: ReadonlyArray<Readonly<Record<string, unknown>> & { readonly name: string }>
}

export const TOKEN = "mock-admin-token"

/** Of another person. */
export const OTHER_TOKEN = "mock-other-token"

/** Who there is, by the cookie that they get. */
const people = new Map([
  ["spangate_session=mock", { token: TOKEN, actor: "admin", csrf: "csrf-1" }],
  ["spangate_session=other", { token: OTHER_TOKEN, actor: "token:other", csrf: "csrf-2" }]
])

const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml"
}

const dist = join(import.meta.dirname, "../../../dist/dashboard")

const middleware = {
  name: "middleware",
  endpoint: "https://acme.middleware.io:443/v1/traces",
  headers: { Authorization: { set: true, lastFour: "7f3a" } },
  excludeRequestData: true,
  resource: { "deployment.environment.name": "eu-1" },
  traceUrl: "https://acme.middleware.io/traces/{traceId}"
}

const refused: TestAnswer = {
  ok: false,
  outcome: "rejected",
  reason: "http_401",
  message: '{"error":"invalid api key"}',
  latencyMs: 84.2,
  explanation: "The endpoint does not know this key.",
  remedy: "Middleware takes the raw key in Authorization: remove Bearer.",
  traceId: "5b8efff798038103d269b633813fc60c"
}

/** Listens on a free port unless one is given; `url` ends without a slash. */
export const startMock = async (options: MockOptions = {}, port = 0) => {
  const prefix = options.prefix ?? ""
  const now = Date.now()
  const summaries = sampleSummaries(options.traces ?? 2000, now)
  const entities = new Map<string, { kind: string; name: string; body: unknown; revision: number }>()
  for (const body of options.destinations ?? [
    middleware,
    { name: "collector", endpoint: "http://collector:4318/v1/traces" }
  ]) {
    entities.set(`destination/${body.name}`, { kind: "destination", name: body.name, body, revision: 3 })
  }
  const account = { name: "openai-main", type: "openai", apiKey: { set: true }, models: [{ name: "gpt-4o-mini" }] }
  entities.set("provider-account/openai-main", {
    kind: "provider-account",
    name: "openai-main",
    body: account,
    revision: 2
  })
  let revision = 12

  const api = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const path = url.pathname.slice("/api/".length)
    const query = url.searchParams
    const number = (name: string) => Number(query.get(name))
    const input = request.method === "GET" ? {} : JSON.parse((await text(request)) || "{}")
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": status < 400 ? "application/json" : "application/problem+json" })
      response.end(JSON.stringify(body))
    }
    const sessionOf = ({ actor, csrf }: { readonly actor: string; readonly csrf: string }) => ({
      actor,
      csrf,
      role: options.role ?? "admin",
      expiresAt: now + 3_600_000
    })
    const unknown = () => json(401, { status: 401, title: "Not signed in" })
    if (path === "session" && request.method === "POST") {
      const found = [...people].find(([, { token }]) => token === input.token)
      if (found === undefined) return unknown()
      response.setHeader("set-cookie", `${found[0]}; HttpOnly; SameSite=Strict; Path=/`)
      return json(200, sessionOf(found[1]))
    }
    const cookie = request.headers.cookie ?? ""
    const who = people.get(cookie)
    if (who === undefined) return unknown()
    const session = sessionOf(who)
    if (request.method !== "GET" && request.headers["x-spangate-csrf"] !== session.csrf)
      return json(403, { title: "No CSRF" })
    if (path === "session") {
      if (request.method === "DELETE") response.setHeader("set-cookie", `${cookie}; Max-Age=0; Path=/`)
      return json(200, session)
    }
    if (path === "status") {
      const sample = sampleStatus(revision, Date.now(), summaries.length)
      return json(200, options.status?.(sample) ?? sample)
    }
    if (path === "otel/attributes") return json(200, sampleAttributes)
    if (path === "otel/test") return json(200, refused)
    if (path === "charts/series" && summaries.length === 0) return json(200, { stepMs: number("stepMs"), lines: [] })
    if (path === "charts/series")
      return json(200, sampleSeries(number("from"), number("to"), number("stepMs"), query.get("groupBy")))
    if (path === "charts/top")
      return json(200, sampleTop(number("from"), number("to"), query.get("groupBy") ?? "model"))
    if (path === "traces") return json(200, page(summaries, query))
    if (path.startsWith("traces/")) {
      const found = summaries.findIndex(({ traceId }) => traceId === path.slice(7))
      const summary = summaries[found]
      if (summary === undefined) return json(404, { title: "Not found" })
      const trace: StoredTrace = sampleTrace(summary, found === 0 ? (options.longTrace ?? 0) : 0)
      return json(200, [trace])
    }
    if (path === "config") return json(200, { revision, entities: [...entities.values()] })
    if (path.startsWith("config/")) {
      const [, kind = "", encoded = ""] = path.split("/")
      const name = decodeURIComponent(encoded)
      const key = `${kind}/${name}`
      const found = entities.get(key)
      if (request.method === "GET") return found === undefined ? json(404, { title: "Not found" }) : json(200, found)
      const base = request.method === "DELETE" ? number("base") : input.base
      if (base !== revision) return json(409, { title: "Made against an older revision", current: revision })
      if (request.method === "DELETE") entities.delete(key)
      else if (kind === "destination" && !URL.canParse(input.body.endpoint)) {
        return json(422, {
          title: "The configuration is refused",
          errors: [{ path: "payload.body.endpoint", reason: "is no URL, it must begin with https:// or http://" }]
        })
      } else
        entities.set(key, {
          kind,
          name,
          body: kind === "settings" ? input.body : masked(input.body),
          revision: revision + 1
        })
      return json(200, { revision: ++revision, diffs: [] })
    }
    json(404, { title: "Not found" })
  }

  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://mock")
    if (!url.pathname.startsWith(prefix)) {
      response.writeHead(404).end()
      return
    }
    url.pathname = url.pathname.slice(prefix.length) || "/"
    const answer = url.pathname.startsWith("/api/") ? api(request, response, url) : file(response, url.pathname)
    answer.catch((cause: unknown) => {
      console.error(cause)
      response.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : port}${prefix}`
  return {
    url,
    /** As if somebody else had saved. */
    change: (kind: string, name: string, body: unknown) => {
      entities.set(`${kind}/${name}`, { kind, name, body, revision: ++revision })
    },
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    }
  }
}

const file = async (response: ServerResponse, path: string): Promise<void> => {
  const name = path === "/" ? "/index.html" : path
  const content = await readFile(join(dist, name)).catch(() => undefined)
  if (content === undefined) return void response.writeHead(404).end()
  response.writeHead(200, {
    "content-type": types[extname(name)] ?? "application/octet-stream",
    "content-security-policy": POLICY
  })
  response.end(content)
}

const text = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const page = (all: ReadonlyArray<TraceSummary>, query: URLSearchParams) => {
  const has = (name: string, value: unknown) => !query.has(name) || query.get(name) === String(value)
  const found = all.filter(
    (trace) =>
      has("result", trace.result) &&
      has("model", trace.model) &&
      has("subject", trace.subject) &&
      (!query.has("from") || trace.start >= Number(query.get("from"))) &&
      (!query.has("to") || trace.start < Number(query.get("to"))) &&
      (trace.inputPreview ?? "").toLowerCase().includes((query.get("text") ?? "").toLowerCase())
  )
  const from = Number(query.get("cursor") ?? 0)
  const to = from + Number(query.get("limit") ?? 50)
  return { traces: found.slice(from, to), ...(to < found.length ? { next: String(to) } : {}), partial: false }
}

const masked = (body: { headers?: Record<string, unknown> }) => ({
  ...body,
  headers: Object.fromEntries(
    Object.entries(body.headers ?? {}).map(([name, value]) => [
      name,
      typeof value === "string" ? { set: true, lastFour: value.slice(-4) } : value
    ])
  )
})

if (process.argv[1] === import.meta.filename) {
  const { url } = await startMock({ traces: 10_000, longTrace: 5_000_000 }, Number(process.argv[2] ?? 8790))
  console.log(`${url}/#login=${TOKEN}`)
}

// Everything shown came over the wire from strangers: it goes into text nodes only, never into markup.
const REFRESH_MS = 2000

const byId = (id) => document.getElementById(id)

const element = (tag, properties, ...children) => {
  const node = Object.assign(document.createElement(tag), properties)
  node.append(...children)
  return node
}

const ms = (value) =>
  value === undefined
    ? "–"
    : value < 1
      ? `${value.toFixed(2)} ms`
      : value < 1000
        ? `${value.toFixed(1)} ms`
        : `${(value / 1000).toFixed(2)} s`
const percent = (share) => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`
const clock = (nanos) => new Date(Number(BigInt(nanos) / 1000000n)).toLocaleTimeString(undefined, { hour12: false })
const health = (share) => (share === 0 ? "ok" : share < 0.05 ? "warning" : "bad")

const table = (columns, rows) =>
  element(
    "table",
    {},
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        ...columns.map(([title, className]) => element("th", { className: className ?? "", scope: "col" }, title))
      )
    ),
    element("tbody", {}, ...rows)
  )

const cell = (className, ...content) => element("td", { className }, ...content)

let chosen = location.hash.slice(1)
/** How many of the chosen trace's spans are on the page: late ones make it worth another look. */
let shownSpans = 0
const opened = new Set()

const traceRow = (trace) =>
  element(
    "tr",
    { className: trace.traceId === chosen ? "chosen" : "" },
    cell("soft number", clock(trace.startTimeUnixNano)),
    cell(
      "wide",
      element(
        "button",
        { type: "button", className: "link", title: trace.traceId, onclick: () => choose(trace.traceId) },
        trace.name
      )
    ),
    cell("soft", trace.service ?? "–"),
    cell("number", String(trace.spans)),
    cell(trace.errors > 0 ? "number bad" : "number soft", trace.errors > 0 ? `${trace.errors} ✕` : "✓"),
    cell("number", ms(trace.durationMs))
  )

const showTraces = (traces) => {
  byId("traces").replaceChildren(
    traces.length === 0
      ? element("p", { className: "soft" }, "No traces yet. Send some to port 4318.")
      : table(
          [
            ["time", "number"],
            ["root span", "wide"],
            ["service"],
            ["spans", "number"],
            ["errors", "number"],
            ["duration", "number"]
          ],
          traces.map(traceRow)
        )
  )
}

const shown = (value) => (typeof value === "string" ? value : JSON.stringify(value))

const details = (span) => {
  const rows = [
    ["span id", span.spanId],
    ["kind", span.kind],
    ["service", span.service ?? "–"],
    ["status", span.status.message ? `${span.status.code}: ${span.status.message}` : span.status.code],
    ...Object.entries(span.attributes),
    ...span.events.map((event) => [`event ${event.name}`, shown(event.attributes)])
  ]
  return element(
    "dl",
    { className: "mono" },
    ...rows.flatMap(([key, value]) => [element("dt", {}, key), element("dd", {}, shown(value))])
  )
}

/** Depth first, children by their start. */
const inTreeOrder = (spans) => {
  const ids = new Set(spans.map((span) => span.spanId))
  const byStart = [...spans].sort((a, b) => (BigInt(a.startTimeUnixNano) < BigInt(b.startTimeUnixNano) ? -1 : 1))
  const seen = new Set()
  const walk = (parent, depth) =>
    byStart
      .filter(
        (span) =>
          !seen.has(span.spanId) && (parent === null ? !ids.has(span.parentSpanId) : span.parentSpanId === parent)
      )
      .flatMap((span) => {
        seen.add(span.spanId)
        return [{ span, depth }, ...walk(span.spanId, depth + 1)]
      })
  return walk(null, 0)
}

const spanRow = (trace, { span, depth }) => {
  const offset = Number(BigInt(span.startTimeUnixNano) - BigInt(trace.startTimeUnixNano)) / 1e6
  const scale = trace.durationMs > 0 ? 100 / trace.durationMs : 0
  const bar = element("span", { className: `bar ${span.kind} ${span.status.code}` })
  bar.style.left = `${offset * scale}%`
  bar.style.width = `${span.durationMs * scale}%`
  const failed = span.status.code === "ERROR"
  const name = element(
    "span",
    { className: failed ? "name bad" : "name", title: span.name },
    failed ? `✕ ${span.name}` : span.name
  )
  name.style.paddingLeft = `${depth * 1.1}rem`
  const open = opened.has(span.spanId)
  const row = element(
    "button",
    { type: "button", className: "span", onclick: () => toggle(span.spanId) },
    name,
    element("span", { className: "track" }, bar),
    element("span", { className: "number" }, ms(span.durationMs))
  )
  row.setAttribute("aria-expanded", String(open))
  return open ? [row, details(span)] : [row]
}

const showTrace = (trace) => {
  byId("trace").replaceChildren(
    ...(trace === undefined
      ? [element("p", { className: "soft" }, "Choose a trace.")]
      : [
          element(
            "p",
            { className: "soft mono" },
            `${trace.traceId} · ${trace.services.join(", ")} · ${ms(trace.durationMs)}`
          ),
          ...inTreeOrder(trace.spans).flatMap((row) => spanRow(trace, row))
        ])
  )
}

const showServices = (nodes) => {
  const rows = nodes.map(({ name, type, latency }) =>
    element(
      "tr",
      {},
      cell("wide", name, type === "service" ? "" : element("span", { className: "soft" }, ` (${type})`)),
      cell("number", latency.requests > 0 ? String(latency.requests) : "–"),
      cell(
        `number ${latency.requests > 0 ? health(latency.errorRate) : "soft"}`,
        latency.requests > 0 ? percent(latency.errorRate) : "–"
      ),
      cell("number", latency.requests > 0 ? ms(latency.p50Ms) : "–"),
      cell("number", latency.requests > 0 ? ms(latency.p95Ms) : "–")
    )
  )
  byId("services").replaceChildren(
    table(
      [
        ["service", "wide"],
        ["requests", "number"],
        ["errors", "number"],
        ["p50", "number"],
        ["p95", "number"]
      ],
      rows
    )
  )
}

const showCalls = (edges) => {
  const rows = edges.map((edge) =>
    element(
      "tr",
      {},
      cell("wide", edge.client, element("span", { className: "soft" }, " → "), edge.server),
      cell("soft", edge.connectionType.replace("_", " ") || "traced"),
      cell("number", String(edge.requests)),
      cell(`number ${health(edge.errorRate)}`, percent(edge.errorRate)),
      cell("number", ms(edge.clientP95Ms ?? edge.serverP95Ms))
    )
  )
  byId("calls").replaceChildren(
    table([["call", "wide"], ["connection"], ["requests", "number"], ["errors", "number"], ["p95", "number"]], rows)
  )
}

const showStats = (stats) => {
  const parts = [`${stats.traces} traces`, `${stats.held} spans`, `${stats.requests} requests`]
  if (stats.refused > 0) parts.push(`${stats.refused} refused`)
  if (stats.duplicates > 0) parts.push(`${stats.duplicates} duplicates`)
  if (stats.evicted > 0) parts.push(`${stats.evicted} spans let go`)
  byId("stats").textContent = parts.join(" · ")
}

const get = async (path) => {
  const response = await fetch(path)
  return response.ok ? response.json() : undefined
}

const refreshTrace = async () => {
  const trace = chosen === "" ? undefined : await get(`/api/traces/${encodeURIComponent(chosen)}`)
  shownSpans = trace?.spans.length ?? 0
  showTrace(trace)
}

const refresh = async () => {
  const [stats, { traces }, map] = await Promise.all([
    get("/api/stats"),
    get("/api/traces?limit=100"),
    get("/api/service-map")
  ])
  if (chosen === "" && traces[0] !== undefined) chosen = traces[0].traceId
  showStats(stats)
  showTraces(traces)
  showServices(map.nodes)
  showCalls(map.edges)
  const spans = traces.find((trace) => trace.traceId === chosen)?.spans
  if (spans !== undefined && spans !== shownSpans) await refreshTrace()
}

const choose = async (traceId) => {
  chosen = traceId
  history.replaceState(null, "", `#${traceId}`)
  await refreshTrace()
  await refresh()
}

const toggle = async (spanId) => {
  if (!opened.delete(spanId)) opened.add(spanId)
  await refreshTrace()
}

byId("clear").onclick = async () => {
  await fetch("/api/traces", { method: "DELETE" })
  chosen = ""
  await refresh()
  await refreshTrace()
}

const loop = async () => {
  // The fake may be restarted while its page is open: the next round finds it again.
  if (!document.hidden) await refresh().catch(() => {})
  setTimeout(loop, REFRESH_MS)
}

await refresh()
await refreshTrace()
setTimeout(loop, REFRESH_MS)

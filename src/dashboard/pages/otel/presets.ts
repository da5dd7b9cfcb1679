import type { DestinationForm } from "./destinationForm.ts"

export interface Preset {
  readonly id: string
  readonly label: string
  readonly about: string
  /** Of OTLP/HTTP; what stands in `<…>` is for the reader to fill in. */
  readonly endpoint: string
  readonly headers: ReadonlyArray<string>
  /** How its key is written, and where it is found. */
  readonly keyHint: string
  /** Its page of a trace, where that has an address that is known. */
  readonly traceUrl?: string
  readonly traceHint: string
}

export const presets: ReadonlyArray<Preset> = [
  {
    id: "middleware",
    label: "Middleware",
    about: "middleware.io, full-stack observability",
    endpoint: "https://<tenant>.middleware.io:443/v1/traces",
    headers: ["Authorization"],
    keyHint: "The raw API key from Middleware's settings, without Bearer in front of it.",
    traceHint: "Open any trace in Middleware, copy its address, and put {traceId} where the id is."
  },
  {
    id: "collector",
    label: "OpenTelemetry Collector",
    about: "One on this machine, or yours",
    endpoint: "http://localhost:4318/v1/traces",
    headers: [],
    keyHint: "Only where your collector asks for authentication.",
    traceHint: "Of whatever shows the traces behind your collector."
  },
  {
    id: "jaeger",
    label: "Jaeger",
    about: "Jaeger 1.35 and later take OTLP",
    endpoint: "http://localhost:4318/v1/traces",
    headers: [],
    keyHint: "Jaeger asks for none by itself.",
    traceUrl: "http://localhost:16686/trace/{traceId}",
    traceHint: "Jaeger's own page, on port 16686 unless you moved it."
  },
  {
    id: "grafana",
    label: "Grafana Cloud",
    about: "Tempo by Grafana Cloud's OTLP gateway",
    endpoint: "https://otlp-gateway-<zone>.grafana.net/otlp/v1/traces",
    headers: ["Authorization"],
    keyHint: "Basic, a space, and the base64 of <instance id>:<token>.",
    traceHint: "Open a trace in Explore, copy its address, and put {traceId} where the id is."
  },
  {
    id: "honeycomb",
    label: "Honeycomb",
    about: "EU: api.eu1.honeycomb.io",
    endpoint: "https://api.honeycomb.io/v1/traces",
    headers: ["x-honeycomb-team"],
    keyHint: "An ingest key of the environment, as it is.",
    traceUrl: "https://ui.honeycomb.io/<team>/environments/<environment>/datasets/<dataset>/trace?trace_id={traceId}",
    traceHint: "Honeycomb's direct link to a trace; the EU's is ui.eu1.honeycomb.io."
  },
  {
    id: "datadog",
    label: "Datadog",
    about: "By the Datadog Agent with OTLP switched on",
    endpoint: "http://localhost:4318/v1/traces",
    headers: [],
    keyHint: "The Agent has the key; nothing is needed here.",
    traceUrl: "https://app.datadoghq.com/apm/trace/{traceId}",
    traceHint: "With your site's host where it is not datadoghq.com."
  },
  {
    id: "otlp",
    label: "Any OTLP endpoint",
    about: "OTLP/HTTP or gRPC",
    endpoint: "https://<host>/v1/traces",
    headers: ["Authorization"],
    keyHint: "As the endpoint wants it, with its scheme where it has one.",
    traceHint: "Open any trace there, copy its address, and put {traceId} where the id is."
  }
]

/** A new entry, its name one that is not taken. */
export const fromPreset = (preset: Preset, taken: ReadonlyArray<string>): DestinationForm => {
  let name = preset.id
  for (let number = 2; taken.includes(name); number++) name = `${preset.id}-${number}`
  return {
    name,
    enabled: true,
    endpoint: preset.endpoint,
    protocol: "http",
    encoding: "proto",
    compression: "gzip",
    excludeRequestData: false,
    headers: preset.headers.map((header) => ({ name: header, value: "" })),
    resource: [],
    ca: "",
    traceUrl: "",
    rest: {}
  }
}

/** The preset that an endpoint looks like: for its hints. */
export const presetOf = ({ endpoint, name }: Pick<DestinationForm, "endpoint" | "name">): Preset | undefined =>
  presets.find(({ id }) => id !== "otlp" && name.replace(/-\d+$/, "") === id) ??
  presets.find(({ id }) => ["middleware", "grafana", "honeycomb"].includes(id) && endpoint.includes(`${id}.`))

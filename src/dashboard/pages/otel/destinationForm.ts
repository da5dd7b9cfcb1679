import { isKept, type SecretValue } from "../../components/secretValue.ts"

export interface HeaderRow {
  readonly name: string
  readonly value: SecretValue
}

export interface ResourceRow {
  readonly name: string
  readonly value: string
}

/** A destination as the form holds it. */
export interface DestinationForm {
  readonly name: string
  readonly enabled: boolean
  readonly endpoint: string
  readonly protocol: "http" | "grpc"
  readonly encoding: "proto" | "json"
  readonly compression: "gzip" | "none"
  readonly excludeRequestData: boolean
  readonly headers: ReadonlyArray<HeaderRow>
  readonly resource: ReadonlyArray<ResourceRow>
  /** A private certificate authority, in PEM. */
  readonly ca: string
  /** Its own page of a trace, with `{traceId}`; empty for none. */
  readonly traceUrl: string
  /** What the entry says besides: sent back as it is. */
  readonly rest: Readonly<Record<string, unknown>>
}

/** A stored entry, its defaults filled in. */
export const readDestination = (body: unknown): DestinationForm => {
  const {
    name,
    enabled,
    endpoint,
    protocol,
    encoding,
    compression,
    excludeRequestData,
    headers,
    resource,
    ca,
    traceUrl,
    ...rest
  } = record(body)
  return {
    name: text(name),
    enabled: enabled !== false,
    endpoint: text(endpoint),
    protocol: protocol === "grpc" ? "grpc" : "http",
    encoding: encoding === "json" ? "json" : "proto",
    compression: compression === "none" ? "none" : "gzip",
    excludeRequestData: excludeRequestData === true,
    headers: Object.entries(record(headers)).map(([header, value]) => ({ name: header, value: secret(value) })),
    resource: Object.entries(record(resource)).map(([key, value]) => ({ name: key, value: text(value) })),
    ca: text(ca),
    traceUrl: text(traceUrl),
    rest
  }
}

/** As the configuration writes it: what is at its default is left out, kept secrets as they were shown. */
export const writeDestination = (form: DestinationForm): Readonly<Record<string, unknown>> => {
  const headers = form.headers.filter(({ name, value }) => name.trim() !== "" || value !== "")
  const resource = form.resource.filter(({ name, value }) => name.trim() !== "" || value !== "")
  return {
    name: form.name.trim(),
    ...(form.enabled ? {} : { enabled: false }),
    endpoint: form.endpoint.trim(),
    ...(form.protocol === "grpc" ? { protocol: "grpc" } : {}),
    ...(form.encoding === "json" && form.protocol === "http" ? { encoding: "json" } : {}),
    ...(form.compression === "none" ? { compression: "none" } : {}),
    ...(form.excludeRequestData ? { excludeRequestData: true } : {}),
    ...(headers.length === 0
      ? {}
      : { headers: Object.fromEntries(headers.map(({ name, value }) => [name.trim(), written(value)])) }),
    ...(resource.length === 0
      ? {}
      : { resource: Object.fromEntries(resource.map(({ name, value }) => [name.trim(), value])) }),
    ...(form.ca.trim() === "" ? {} : { ca: form.ca }),
    ...(form.traceUrl.trim() === "" ? {} : { traceUrl: form.traceUrl.trim() }),
    ...form.rest
  }
}

/** A name that two rows have, case aside. */
export const repeatedName = (rows: ReadonlyArray<{ readonly name: string }>): string | undefined => {
  const names = rows.map(({ name }) => name.trim().toLowerCase()).filter((name) => name !== "")
  return names.find((name, index) => names.indexOf(name) !== index)
}

/** What an object would lose without a word: two rows of one name. */
export const checkForm = (form: DestinationForm): Readonly<Record<string, string>> => {
  const header = repeatedName(form.headers)
  const key = repeatedName(form.resource)
  const blank = blankIn(form.endpoint)
  const linkBlank = blankIn(form.traceUrl)
  return {
    ...(form.name.trim() === "" ? { name: "Give it a name." } : {}),
    ...(form.endpoint.trim() === "" ? { endpoint: "Write where traces go." } : {}),
    ...(blank === undefined ? {} : { endpoint: `Put your own in place of ${blank}.` }),
    ...(linkBlank === undefined ? {} : { traceUrl: `Put your own in place of ${linkBlank}.` }),
    ...(header === undefined ? {} : { headers: `${header} is there twice: remove one.` }),
    ...(key === undefined ? {} : { resource: `${key} is there twice: remove one.` })
  }
}

/** What stands in a preset for the reader to fill in. */
const blankIn = (text: string): string | undefined => /<[^>]*>/.exec(text)?.[0]

/** The endpoint for another protocol: gRPC has no path and, of a collector, its own port. */
export const endpointFor = (protocol: "http" | "grpc", endpoint: string): string =>
  protocol === "grpc"
    ? endpoint.replace(/\/(?:otlp\/)?v1\/traces\/?$/, "").replace(/:4318$/, ":4317")
    : endpoint.replace(/:4317\/?$/, ":4318").replace(/^(https?:\/\/[^/]+)\/?$/, "$1/v1/traces")

/** What is likely wrong with a header's value, before anything is sent. */
export const headerAdvice = (endpoint: string, { name, value }: HeaderRow): string | undefined => {
  if (typeof value !== "string" || value === "") return undefined
  if (value !== value.trim()) return "There is a space or a line end around the value."
  if (name.trim().toLowerCase() !== "authorization") return undefined
  return endpoint.includes("middleware.io") && /^bearer\s/i.test(value)
    ? "Middleware takes the raw key: remove Bearer."
    : undefined
}

const written = (value: SecretValue): SecretValue => (isKept(value) ? value : value.trim())

const secret = (value: unknown): SecretValue => (isKept(value) ? value : text(value))

const text = (value: unknown): string => (typeof value === "string" ? value : "")

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {}

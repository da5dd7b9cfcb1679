import type { DecodedRequest, DecodedSpan, DecodedValue } from "./decodeRequest.ts"

/** What a span's decoded fields say, ready to be compared. */
export interface Span {
  readonly traceId: string
  readonly spanId: string
  /** Empty for none. */
  readonly parentSpanId: string
  readonly name: string
  readonly kind: number
  readonly start: bigint
  readonly end: bigint
  readonly flags: number
  readonly status: { readonly code?: number; readonly message?: string }
  readonly attributes: ReadonlyMap<string, unknown>
  readonly decoded: DecodedSpan
}

/** OTLP's kinds. */
export const INTERNAL = 1
export const SERVER = 2
export const CLIENT = 3

/** OTLP's status code. */
export const ERROR = 2

/** All spans of some requests. */
export const spansIn = (requests: ReadonlyArray<DecodedRequest>): ReadonlyArray<Span> =>
  requests.flatMap(({ resourceSpans }) =>
    (resourceSpans ?? []).flatMap(({ scopeSpans }) =>
      (scopeSpans ?? []).flatMap(({ spans }) => (spans ?? []).map(toSpan))
    )
  )

const toSpan = (decoded: DecodedSpan): Span => ({
  traceId: hex(decoded.traceId),
  spanId: hex(decoded.spanId),
  parentSpanId: hex(decoded.parentSpanId),
  name: decoded.name ?? "",
  kind: decoded.kind ?? 0,
  start: BigInt(decoded.startTimeUnixNano ?? 0),
  end: BigInt(decoded.endTimeUnixNano ?? 0),
  flags: decoded.flags ?? 0,
  status: decoded.status ?? {},
  attributes: new Map((decoded.attributes ?? []).map(({ key, value }) => [key ?? "", plain(value ?? {})])),
  decoded
})

export const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex")

/** Ints as bigint, so that they differ from doubles. */
const plain = (value: DecodedValue): unknown =>
  value.intValue !== undefined
    ? BigInt(value.intValue)
    : value.arrayValue !== undefined
      ? (value.arrayValue.values ?? []).map(plain)
      : (value.stringValue ?? value.doubleValue ?? value.boolValue)

import type { HeldSpan } from "./HeldTraces.ts"
import { durationMs, failed } from "./Latency.ts"
import type { AnyValue, KeyValue } from "./OtlpTrace.ts"

const kinds = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
const statusCodes = ["UNSET", "OK", "ERROR"]

/** An attribute's value as plain JSON; integers beyond 2^53 as strings. */
export const plainValue = (value: AnyValue): unknown => {
  if ("stringValue" in value) return value.stringValue
  if ("boolValue" in value) return value.boolValue
  if ("intValue" in value) {
    const number = Number(value.intValue)
    return Number.isSafeInteger(number) ? number : value.intValue.toString()
  }
  if ("doubleValue" in value) return value.doubleValue
  if ("arrayValue" in value) return value.arrayValue.values.map(plainValue)
  if ("kvlistValue" in value) return plainAttributes(value.kvlistValue.values)
  if ("bytesValue" in value) return Buffer.from(value.bytesValue).toString("base64")
  return null
}

/** Attributes as one object; of keys that are there twice the last one shows. */
export const plainAttributes = (attributes: ReadonlyArray<KeyValue>): { readonly [key: string]: unknown } =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]))

export const spanView = ({ span, resource, scope, service }: HeldSpan) => ({
  traceId: span.traceId,
  spanId: span.spanId,
  parentSpanId: span.parentSpanId === "" ? null : span.parentSpanId,
  name: span.name,
  kind: kinds[span.kind] ?? String(span.kind),
  service: service ?? null,
  scope: scope.name,
  startTimeUnixNano: span.startTimeUnixNano.toString(),
  endTimeUnixNano: span.endTimeUnixNano.toString(),
  durationMs: durationMs(span),
  status: { code: statusCodes[span.status.code] ?? String(span.status.code), message: span.status.message },
  attributes: plainAttributes(span.attributes),
  events: span.events.map((event) => ({
    name: event.name,
    timeUnixNano: event.timeUnixNano.toString(),
    attributes: plainAttributes(event.attributes)
  })),
  resource: plainAttributes(resource.attributes)
})

/** A trace in one line. Its root is the first span without a held parent. */
export const traceSummary = (traceId: string, spans: ReadonlyArray<HeldSpan>) => {
  const ids = new Set(spans.map(({ span }) => span.spanId))
  const root = spans.find(({ span }) => !ids.has(span.parentSpanId)) ?? spans[0]
  let start = root?.span.startTimeUnixNano ?? 0n
  let end = root?.span.endTimeUnixNano ?? 0n
  for (const { span } of spans) {
    if (span.startTimeUnixNano < start) start = span.startTimeUnixNano
    if (span.endTimeUnixNano > end) end = span.endTimeUnixNano
  }
  return {
    traceId,
    name: root?.span.name ?? "",
    service: root?.service ?? null,
    startTimeUnixNano: start.toString(),
    durationMs: Number(end - start) / 1e6,
    spans: spans.length,
    errors: spans.filter(({ span }) => failed(span)).length,
    services: [...new Set(spans.flatMap(({ service }) => (service === undefined ? [] : [service])))]
  }
}

import { assert } from "@effect/vitest"
import { attributes as table } from "../../src/services/trace/attributes.ts"
import { CLIENT, ERROR, hex, INTERNAL, SERVER, type Span } from "./Span.ts"

/** Check 5: ids of the right size, and not of zeros only. */
export const assertIds = ({ decoded, kind, parentSpanId, spanId, traceId }: Span): void => {
  assert.match(traceId, /^(?!0{32})[0-9a-f]{32}$/)
  assert.match(spanId, /^(?!0{16})[0-9a-f]{16}$/)
  assert.match(parentSpanId, /^$|^(?!0{16})[0-9a-f]{16}$/)
  const links = decoded.links ?? []
  // A root that stands by itself points to its caller, and nothing else points anywhere.
  assert.isAtMost(links.length, kind === SERVER && parentSpanId === "" ? 1 : 0, "a link in place of a parent")
  for (const link of links) {
    assert.match(hex(link.traceId), /^(?!0{32})[0-9a-f]{32}$/)
    assert.match(hex(link.spanId), /^(?!0{16})[0-9a-f]{16}$/)
    assert.strictEqual((link.flags ?? 0) & ~0x03, 0x300, "the caller is remote")
    assert.notStrictEqual(hex(link.traceId), traceId, "a link leads to another trace")
  }
}

const FROM = BigInt(Date.UTC(2020, 0)) * 1_000_000n
const TO = BigInt(Date.UTC(2100, 0)) * 1_000_000n

/** Check 9: nanoseconds of this century, the end not before the start, and a provider's call takes time. */
export const assertTimes = ({ decoded, end, kind, start }: Span): void => {
  assert.isTrue(start >= FROM && start < TO, "a time of this century, in nanoseconds")
  assert.isTrue(end >= start)
  if (kind === CLIENT) assert.isTrue(end > start, "a provider call takes time")
  for (const event of decoded.events ?? []) {
    const at = BigInt(event.timeUnixNano ?? 0)
    assert.isTrue(at >= start && at <= end, "an event happens while its span lasts")
  }
}

const KINDS: { readonly [name: string]: number } = {
  authenticate: INTERNAL,
  resolve_model: INTERNAL,
  stream_response: INTERNAL
}

/** Check 11: server, internal, client. What is none of our stages is the root or a call. */
export const assertKind = ({ kind, name }: Span): void => {
  if (KINDS[name] !== undefined) assert.strictEqual(kind, KINDS[name], name)
  else assert.include([SERVER, CLIENT], kind, name)
}

const NAMES: { readonly [kind: number]: RegExp } = {
  [INTERNAL]: /^(authenticate|resolve_model|stream_response)$/,
  // A route of ours, or the bare method: never the path that was asked for.
  [SERVER]:
    /^(GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|QUERY|HTTP)( \/(v1\/(chat\/completions|completions|embeddings|messages|responses|models)|health\/(live|ready)|metrics))?$/,
  [CLIENT]: /^(chat|text_completion|embeddings) \S+$/
}

/** Check 12: few names, and exactly these. */
export const assertName = ({ decoded, kind, name }: Span): void => {
  assert.match(name, NAMES[kind] ?? /^no such kind$/)
  for (const event of decoded.events ?? []) assert.strictEqual(event.name, "first_chunk")
}

/** Check 13: never Ok; a message and an `error.type` go with an error; which status is one depends on the kind. */
export const assertStatus = ({ attributes, kind, name, status }: Span): void => {
  const code = status.code ?? 0
  assert.include([0, ERROR], code, "never Ok")
  if (code !== ERROR) assert.isUndefined(status.message, "a message comes with an error only")
  const cause = attributes.get("error.type")
  assert.strictEqual(cause !== undefined, code === ERROR, `${name}: error.type goes with an error`)
  if (cause !== undefined) assert.match(String(cause), /^[A-Za-z0-9_.:-]{1,64}$/, "a cause, not a sentence")
  const http = Number(attributes.get("http.response.status_code") ?? 0)
  const left = attributes.get("gateway.client_disconnected") === true
  if (kind === SERVER && left) assert.strictEqual(code, 0, "a client that left is no error")
  if (kind === SERVER && http >= 500 && !left) assert.strictEqual(code, ERROR)
  if (kind === SERVER && http >= 400 && http < 500) assert.strictEqual(code, 0, "a refusal is no error of the server")
  if (kind === CLIENT && http >= 400) assert.strictEqual(code, ERROR)
  if (name === "authenticate") assert.strictEqual(code === 0, attributes.get("gateway.auth.result") === "ok")
}

const VALUES = {
  string: "stringValue",
  int: "intValue",
  double: "doubleValue",
  bool: "boolValue",
  "string[]": "arrayValue"
}

/** Check 14: keys once each, known to the table, with a value of the table's type. */
export const assertTypes = ({ attributes, decoded }: Span): void => {
  const list = decoded.attributes ?? []
  assert.strictEqual(attributes.size, list.length, "attribute keys are unique")
  for (const { key = "", value = {} } of list) {
    const type = table.get(key)?.type
    assert.isDefined(type, `${key} is in the table`)
    if (type === undefined) continue
    assert.deepStrictEqual(Object.keys(value), [VALUES[type]], key)
    for (const item of value.arrayValue?.values ?? []) assert.deepStrictEqual(Object.keys(item), ["stringValue"], key)
  }
}

/** Check 15: no value is empty, none is no number. */
export const assertValues = ({ decoded }: Span): void => {
  for (const { key, value = {} } of decoded.attributes ?? []) {
    assert.isNotEmpty(Object.keys(value), `${key} has a value`)
    assert.notStrictEqual(value.stringValue, "", `${key} is not empty`)
    if (value.doubleValue !== undefined) assert.isTrue(Number.isFinite(value.doubleValue), key)
    if (value.arrayValue !== undefined) assert.isNotEmpty(value.arrayValue.values ?? [], key)
  }
}

const REQUIRED: { readonly [kind: number]: ReadonlyArray<string> } = {
  [INTERNAL]: [],
  [SERVER]: ["http.request.method", "url.path", "url.scheme", "gateway.request.id"],
  [CLIENT]: [
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.request.model",
    "server.address",
    "server.port",
    "http.request.method",
    "url.full",
    "peer.service",
    "tfy.model.fqn",
    "tfy.model.metric.latency_in_ms"
  ]
}

/** Check 17: what each kind must say; a part is at most its whole; the first chunk comes in seconds, within the call. */
export const assertRequired = ({ attributes, end, kind, name, start }: Span): void => {
  for (const key of REQUIRED[kind] ?? []) assert.isTrue(attributes.has(key), `${name} has ${key}`)
  assertAtMost(attributes, "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.input_tokens")
  assertAtMost(attributes, "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.input_tokens")
  assertAtMost(attributes, "gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.output_tokens")
  const first = attributes.get("gen_ai.response.time_to_first_chunk")
  if (typeof first === "number") {
    assert.isTrue(first > 0, "the first chunk comes after the send")
    if (kind === CLIENT) assert.isTrue(first * 1e9 <= Number(end - start) + 1, "seconds, within the call")
  }
}

const assertAtMost = (attributes: ReadonlyMap<string, unknown>, part: string, whole: string): void => {
  const [a, b] = [attributes.get(part), attributes.get(whole)]
  if (typeof a === "bigint" && typeof b === "bigint") assert.isTrue(a <= b, `${part} is a part of ${whole}`)
}

/** Check 18: no more of anything than SDKs allow by default, so that nothing is dropped for its number. */
export const assertCounts = ({ decoded }: Span): void => {
  assert.isAtMost(decoded.attributes?.length ?? 0, 128)
  assert.isAtMost(decoded.events?.length ?? 0, 128)
  assert.isAtMost(decoded.links?.length ?? 0, 128)
  assert.isUndefined(decoded.droppedAttributesCount)
  assert.isUndefined(decoded.droppedEventsCount)
  assert.isUndefined(decoded.droppedLinksCount)
}

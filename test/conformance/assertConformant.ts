import { assert } from "@effect/vitest"
import { SCHEMA_URL, attributes as table } from "../../src/services/trace/attributes.ts"
import { assertGenAiContent } from "./assertGenAiContent.ts"
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

const INTERNAL = 1
const SERVER = 2
const CLIENT = 3
const ERROR = 2

/**
 * Asserts that everything a destination received is as the span contract has it: resources and scopes, ids and trees,
 * times, names, kinds, attribute types, statuses and content. Give it all requests at once, without repeats, since the
 * spans of a trace may come in several. Returns the spans.
 */
export const assertConformant = (requests: ReadonlyArray<DecodedRequest>): ReadonlyArray<Span> => {
  const spans = requests.flatMap((request) => {
    assertEnvelope(request)
    return (request.resourceSpans ?? []).flatMap((resource) =>
      (resource.scopeSpans ?? []).flatMap((scope) => (scope.spans ?? []).map(toSpan))
    )
  })
  for (const trace of Map.groupBy(spans, ({ traceId }) => traceId).values()) assertTrace(trace)
  for (const span of spans) {
    assertShape(span)
    assertAttributes(span)
    assertStatus(span)
    assertGenAiContent(span.attributes)
  }
  return spans
}

const assertEnvelope = (request: DecodedRequest): void => {
  assert.strictEqual(request.resourceSpans?.length, 1, "one resource a request")
  for (const { resource, scopeSpans, schemaUrl } of request.resourceSpans ?? []) {
    const attributes = new Map((resource?.attributes ?? []).map(({ key, value }) => [key, value?.stringValue ?? ""]))
    assert.strictEqual(attributes.size, resource?.attributes?.length, "resource keys are unique")
    for (const key of ["service.name", "service.version", "service.instance.id", "host.name", "telemetry.sdk.name"]) {
      assert.isNotEmpty(attributes.get(key) ?? "", key)
    }
    assert.notMatch(attributes.get("service.name") ?? "", /^unknown_service/)
    assert.strictEqual(schemaUrl, SCHEMA_URL)
    assert.strictEqual(scopeSpans?.length, 1, "one scope a request")
    for (const { scope, spans, schemaUrl } of scopeSpans ?? []) {
      assert.isNotEmpty(scope?.name ?? "")
      assert.isNotEmpty(scope?.version ?? "")
      assert.strictEqual(schemaUrl, SCHEMA_URL)
      assert.isNotEmpty(spans ?? [], "no empty envelope")
    }
  }
}

/** One tree for each request that a caller made within the trace. */
const assertTrace = (spans: ReadonlyArray<Span>): void => {
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  assert.strictEqual(byId.size, spans.length, "span ids are unique in a trace")
  const roots = spans.filter(({ kind }) => kind === SERVER)
  assert.isNotEmpty(roots, "a trace has a root")
  for (const root of roots) {
    assert.isFalse(byId.has(root.parentSpanId), "the root's parent is the caller's span, or none")
    assert.strictEqual((root.flags & 0x200) !== 0, root.parentSpanId !== "", "only a caller is remote")
    const tree = spans.filter((span) => rootOf(span, byId) === root)
    assertSequence(tree)
    for (const span of tree) {
      assert.isTrue(span.start >= root.start && span.end <= root.end, `${span.name} lies inside the root`)
      assert.strictEqual(span.decoded.traceState, root.decoded.traceState, "one tracestate")
      assert.strictEqual(span.flags & 0xff, root.flags & 0xff, "one set of trace flags")
    }
  }
  for (const span of spans) {
    if (span.kind === SERVER) continue
    assert.strictEqual(span.flags & 0x200, 0, "a parent of ours is not remote")
    assert.isDefined(rootOf(span, byId), `${span.name} hangs on a root`)
    // Where the stream hangs is seen with the attempts.
    if (span.name !== "stream_response") assert.strictEqual(byId.get(span.parentSpanId)?.kind, SERVER, span.name)
  }
}

const rootOf = (span: Span, byId: ReadonlyMap<string, Span>): Span | undefined => {
  let at: Span | undefined = span
  // Five is more than any tree of ours is deep, so that a cycle ends as no root.
  for (let depth = 0; at !== undefined && depth < 5; depth++) {
    if (at.kind === SERVER) return at
    at = byId.get(at.parentSpanId)
  }
  return undefined
}

/** Authenticate, resolve, attempts, stream: each begins no earlier than the one before. */
const assertSequence = (tree: ReadonlyArray<Span>): void => {
  const named = (name: string) => tree.filter((span) => span.name === name)
  for (const name of ["authenticate", "resolve_model", "stream_response"]) assert.isAtMost(named(name).length, 1, name)
  const attempts = tree
    .filter(({ kind }) => kind === CLIENT)
    .toSorted((a, b) => Number(a.attributes.get("gateway.attempt")) - Number(b.attributes.get("gateway.attempt")))
  attempts.forEach((attempt, index) => {
    assert.strictEqual(attempt.attributes.get("gateway.attempt"), BigInt(index), "attempts are numbered from 0")
  })
  const order = [...named("authenticate"), ...named("resolve_model"), ...attempts, ...named("stream_response")]
  order.forEach((span, index) => {
    const before = order[index - 1]
    if (before !== undefined) assert.isTrue(before.start <= span.start, `${before.name} comes before ${span.name}`)
  })
  const [stream] = named("stream_response")
  const last = attempts.at(-1)
  if (stream !== undefined && last !== undefined)
    assert.strictEqual(stream.parentSpanId, last.spanId, "stream's attempt")
}

const NAMES: { readonly [kind: number]: RegExp } = {
  [INTERNAL]: /^(authenticate|resolve_model|stream_response)$/,
  // A route of ours, or the bare method: never the path that was asked for.
  [SERVER]:
    /^(GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|QUERY|HTTP)( \/(v1\/(chat\/completions|completions|embeddings|messages|models)|health\/(live|ready)|metrics))?$/,
  [CLIENT]: /^(chat|text_completion|embeddings) \S+$/
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

const FROM = BigInt(Date.UTC(2020, 0)) * 1_000_000n
const TO = BigInt(Date.UTC(2100, 0)) * 1_000_000n

const assertShape = (span: Span): void => {
  assert.match(span.traceId, /^(?!0{32})[0-9a-f]{32}$/)
  assert.match(span.spanId, /^(?!0{16})[0-9a-f]{16}$/)
  assert.match(span.parentSpanId, /^$|^(?!0{16})[0-9a-f]{16}$/)
  assert.match(span.name, NAMES[span.kind] ?? /^no such kind$/)
  assert.strictEqual(span.flags & 0x100, 0x100)
  assert.strictEqual(span.flags & ~0x303, 0, "no flag but sampled, random and the parent's")
  assert.isTrue(span.start >= FROM && span.end < TO, "a time of this century, in nanoseconds")
  assert.isTrue(span.end >= span.start)
  if (span.kind === CLIENT) assert.isTrue(span.end > span.start, "a provider call takes time")
  assert.isAtMost(span.decoded.traceState?.split(",").length ?? 0, 32)
  for (const event of span.decoded.events ?? []) {
    assert.strictEqual(event.name, "first_chunk")
    const at = BigInt(event.timeUnixNano ?? 0)
    assert.isTrue(at >= span.start && at <= span.end)
  }
  const links = span.decoded.links ?? []
  // A root that stands by itself points to its caller, and nothing else points anywhere.
  assert.isAtMost(links.length, span.kind === SERVER && span.parentSpanId === "" ? 1 : 0, "a link in place of a parent")
  for (const link of links) {
    assert.match(hex(link.traceId), /^(?!0{32})[0-9a-f]{32}$/)
    assert.match(hex(link.spanId), /^(?!0{16})[0-9a-f]{16}$/)
    assert.strictEqual((link.flags ?? 0) & ~0x03, 0x300, "the caller is remote")
    assert.notStrictEqual(hex(link.traceId), span.traceId, "a link leads to another trace")
  }
  for (const key of REQUIRED[span.kind] ?? []) assert.isTrue(span.attributes.has(key), `${span.name} has ${key}`)
}

const KINDS = {
  string: "stringValue",
  int: "intValue",
  double: "doubleValue",
  bool: "boolValue",
  "string[]": "arrayValue"
}

const assertAttributes = ({ decoded, attributes, kind, start, end }: Span): void => {
  const list = decoded.attributes ?? []
  assert.isAtMost(list.length, 128)
  assert.strictEqual(attributes.size, list.length, "attribute keys are unique")
  assert.isUndefined(decoded.droppedAttributesCount)
  for (const { key = "", value = {} } of list) {
    const type = table.get(key)?.type
    assert.isDefined(type, `${key} is in the table`)
    if (type === undefined) continue
    assert.deepStrictEqual(Object.keys(value), [KINDS[type]], key)
    assert.notStrictEqual(value.stringValue, "", `${key} is not empty`)
    if (value.doubleValue !== undefined) assert.isTrue(Number.isFinite(value.doubleValue), key)
    if (type !== "string[]") continue
    assert.isNotEmpty(value.arrayValue?.values ?? [], key)
    for (const item of value.arrayValue?.values ?? []) assert.deepStrictEqual(Object.keys(item), ["stringValue"], key)
  }
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

const assertStatus = ({ kind, name, status, attributes }: Span): void => {
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

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex")

/** Ints as bigint, so that they differ from doubles. */
const plain = (value: DecodedValue): unknown =>
  value.intValue !== undefined
    ? BigInt(value.intValue)
    : value.arrayValue !== undefined
      ? (value.arrayValue.values ?? []).map(plain)
      : (value.stringValue ?? value.doubleValue ?? value.boolValue)

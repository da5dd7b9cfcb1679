import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { expand } from "../../../src/services/trace/expand.ts"
import { outgoing } from "../../../src/services/trace/outgoing.ts"
import type { TraceEvent } from "../../../src/services/trace/TraceEvent.ts"
import { assertConformant } from "../../conformance/assertConformant.ts"
import { decodeRequest } from "../../conformance/decodeRequest.ts"
import { anyEvent, oneOf } from "./eventArbitrary.ts"
import { event, outcomes } from "./events.ts"
import { requestOf, resource, scope, spansOf } from "./exported.ts"

const linked = outgoing(
  {
    excludeRequestData: false,
    redaction: { denyAttributes: [], mask: [] },
    sampling: { parent: "ignore", unsampledRate: 0, remoteParent: "link" }
  },
  resource,
  scope
)

const hex = (length: number) => Schema.String.check(Schema.isPattern(new RegExp(`^[0-9a-f]{${length}}$`)))
const withIds = (of: TraceEvent, header: Partial<TraceEvent["header"]>): TraceEvent => ({
  ...of,
  header: { ...of.header, ...header }
})

describe("a remote parent as a link", () => {
  it("begins a trace of its own that points to the caller's span, tracestate and all", () => {
    const [root, ...others] = linked(event({ flags: 0 }))
    assert.isUndefined(root?.parentSpanContext)
    assert.deepStrictEqual(root?.spanContext(), {
      // 0af7651916cd43dd8448eb211c80319c XOR b7ad6b7169203331 twice.
      traceId: "bd5a0e687fed70ec33e5805075a002ad",
      spanId: "b7ad6b7169203331",
      traceFlags: 3
    })
    const [link, ...more] = root?.links ?? []
    assert.deepStrictEqual(more, [])
    assert.deepStrictEqual(
      { ...link?.context, traceState: link?.context.traceState?.serialize() },
      {
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "00f067aa0ba902b7",
        traceFlags: 0,
        isRemote: true,
        traceState: "congo=t61rcWkgMzE"
      }
    )
    for (const span of others) {
      assert.strictEqual(span.spanContext().traceId, "bd5a0e687fed70ec33e5805075a002ad")
      assert.deepStrictEqual(span.links, [])
    }
    // What the answer's x-request-id says still finds it.
    assert.strictEqual(root?.attributes["gateway.request.id"], "0af7651916cd43dd8448eb211c80319cb7ad6b7169203331")
  })

  it("goes over the wire as OTLP has it", () => {
    const [request] = [decodeRequest(requestOf(linked(event())))]
    const root = request.resourceSpans?.[0]?.scopeSpans?.[0]?.spans?.[0]
    assert.isUndefined(root?.parentSpanId)
    assert.strictEqual(root?.flags, 0x103)
    assert.strictEqual(root?.links?.length, 1)
    const link = root?.links?.[0]
    assert.strictEqual(Buffer.from(link?.traceId ?? []).toString("hex"), "0af7651916cd43dd8448eb211c80319c")
    assert.strictEqual(Buffer.from(link?.spanId ?? []).toString("hex"), "00f067aa0ba902b7")
    assert.strictEqual(link?.traceState, "congo=t61rcWkgMzE")
    assert.strictEqual(link?.flags, 0x301)
  })

  it("changes nothing for a trace without a caller", () => {
    const of = event()
    delete of.header.parentSpanId
    delete of.header.traceState
    assert.deepStrictEqual(contextsOf(linked(of)), contextsOf(spansOf(of)))
  })

  it("is a parent unless told otherwise", () => {
    assert.deepStrictEqual(contextsOf(expand(event(), resource, scope, "parent")), contextsOf(spansOf(event())))
    assert.strictEqual(spansOf(event())[0]?.parentSpanContext?.spanId, "00f067aa0ba902b7")
  })

  it.prop(
    "gives every request of a caller's trace a trace id, and always the same",
    {
      traceId: hex(32),
      spanIds: Arbitrary.array(Arbitrary.schema(hex(16)), { minLength: 2, maxLength: 5 })
    },
    ({ spanIds, traceId }) => {
      const idOf = (spanId: string) => linked(withIds(event(), { traceId, spanId }))[0]?.spanContext().traceId
      const ids = spanIds.map(idOf)
      assert.strictEqual(new Set(ids).size, new Set(spanIds).size)
      assert.deepStrictEqual(spanIds.map(idOf), ids)
      for (const id of ids) assert.match(id ?? "", /^(?!0{32})[0-9a-f]{32}$/)
    }
  )

  it("never gives the id of no trace", () => {
    const spanId = "b7ad6b7169203331"
    const [root] = linked(withIds(event(), { traceId: spanId + spanId, spanId }))
    assert.strictEqual(root?.spanContext().traceId, spanId + spanId)
  })

  it.prop("changes nothing but trace ids, flags, tracestate and the root's parent", { of: anyEvent }, ({ of }) => {
    const facts = (spans: ReturnType<typeof linked>) =>
      spans.map((span) => [
        [span.name, span.kind, span.startTime, span.endTime, span.status, span.attributes, span.events],
        span.spanContext().spanId
      ])
    assert.deepStrictEqual(facts(linked(of)), facts(spansOf(of)))
  })

  it.prop("leaves traces that conform", { of: oneOf(Object.values<TraceEvent>(outcomes)) }, ({ of }) => {
    assertConformant([decodeRequest(requestOf(linked(of)))])
  })
})

const contextsOf = (spans: ReturnType<typeof linked>) =>
  spans.map((span) => JSON.parse(JSON.stringify([span.spanContext(), span.parentSpanContext, span.links])))

import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import { otlpTraceSinks } from "../../../src/layers/otlp/OtlpTraceSinks.ts"
import { makeSenders } from "../../../src/layers/otlp/senders.ts"
import type { Destination } from "../../../src/services/config/CompiledConfig.ts"
import { batchOf } from "../../../src/services/export/Batcher.ts"
import { expansionOf } from "../../../src/services/export/Expansion.ts"
import { frameParts } from "../../../src/services/export/frameParts.ts"
import { TraceSinks } from "../../../src/services/export/TraceSink.ts"
import { encodeFrame, encodeSender } from "../../../src/services/trace/frame.ts"
import type { DetectedResource } from "../../../src/services/trace/resource.ts"
import { assertConformant } from "../../conformance/assertConformant.ts"
import { decodeJsonRequest } from "../../conformance/decodeJsonRequest.ts"
import { type DecodedResourceSpans, decodeRequest } from "../../conformance/decodeRequest.ts"
import { destination } from "../../services/export/harness.ts"
import { captured } from "../../services/export/traceEvents.ts"

const exporter: DetectedResource = { version: "9.9.9", instanceId: "exporter", hostName: "exporter-host" }
const pod = (name: string): DetectedResource => ({
  version: "1.2.3",
  instanceId: name,
  hostName: `host-of-${name}`,
  platform: { "k8s.pod.name": name, "container.id": `container-of-${name}` },
  environment: { "deployment.environment.name": "detected", team: "detected" }
})

const frame = (index: number, sender?: DetectedResource) => ({
  ...encodeFrame([captured(index)], sender === undefined ? undefined : encodeSender(sender)),
  sequence: index,
  publishedAt: 0
})

const LIMITS = { maxBytes: 1_000_000, maxSpans: 1000 }

/** Frames of two pods in turn, and of nobody, in one request. */
const send = Effect.fnUntraced(function* (rest: Partial<Destination>) {
  const middleware = yield* FakeMiddleware
  const sinks = yield* TraceSinks
  const to = destination("middleware", {
    headers: { authorization: Redacted.make("demo-key") },
    endpoint: rest.protocol === "grpc" ? (middleware.grpcEndpoint ?? "") : middleware.endpoint,
    resource: { team: "destination's" },
    ...rest
  })
  const sink = yield* sinks.open(to, { team: "common", "deployment.environment.name": "common" })
  const expansion = expansionOf(to, sink)
  const frames = [frame(1, pod("a")), frame(2, pod("b")), frame(3, pod("a")), frame(4)]
  const batch = batchOf(frames.flatMap((each) => [...frameParts(each, expansion, LIMITS)]))
  yield* Effect.flatten(sink.prepare(batch))
  const payload = middleware.payloads().at(-1) ?? new Uint8Array()
  // The SDK's exporter encodes for itself, and about as large.
  if (rest.exporter !== "otel-js") assert.isAtMost(payload.byteLength, batch.byteLength + sink.envelopeBytes)
  return rest.encoding === "json" ? decodeJsonRequest(payload) : decodeRequest(payload)
})

const attributesOf = ({ resource }: DecodedResourceSpans) =>
  Object.fromEntries((resource?.attributes ?? []).map(({ key = "", value }) => [key, value?.stringValue]))
const requestsOf = ({ scopeSpans }: DecodedResourceSpans) =>
  (scopeSpans ?? []).flatMap(({ spans }) =>
    (spans ?? [])
      .filter(({ parentSpanId }) => (parentSpanId?.length ?? 0) === 0)
      .map(({ traceId }) => Number.parseInt(Buffer.from(traceId ?? []).toString("hex"), 16))
  )

const world = Layer.merge(otlpTraceSinks(exporter), FakeMiddleware.layer({ grpcPort: 0 }))

describe("a request with the traces of several gateways", () => {
  it.live.each([
    ["http/proto", {}],
    ["http/json", { encoding: "json" }],
    ["grpc", { protocol: "grpc" }],
    ["the SDK's exporter", { exporter: "otel-js" }]
  ] as const)("says over %s of each who served it, with the configuration over what was detected", ([, rest]) =>
    Effect.gen(function* () {
      const decoded = yield* send(rest)
      // What the checks ask of a request holds here for each of its resources.
      if (!("exporter" in rest)) {
        for (const group of decoded.resourceSpans ?? []) assertConformant([{ resourceSpans: [group] }])
      }
      const groups = (decoded.resourceSpans ?? []).map((group) => {
        const all = attributesOf(group)
        assert.deepStrictEqual([all["team"], all["deployment.environment.name"]], ["destination's", "common"])
        return [
          all["service.instance.id"],
          all["host.name"],
          all["k8s.pod.name"],
          all["container.id"],
          all["service.version"],
          requestsOf(group)
        ]
      })
      assert.deepStrictEqual(groups, [
        ["a", "host-of-a", "a", "container-of-a", "1.2.3", [1, 3]],
        ["b", "host-of-b", "b", "container-of-b", "1.2.3", [2]],
        ["exporter", "exporter-host", undefined, undefined, "9.9.9", [4]]
      ])
    }).pipe(Effect.scoped, Effect.provide(world, { local: true }))
  )

  it.live("keeps of a gateway's resource what a destination's rules deny", () =>
    Effect.gen(function* () {
      const decoded = yield* send({ redaction: { denyAttributes: ["k8s.*", "host.*"], mask: [] } })
      for (const group of decoded.resourceSpans ?? []) {
        const names = Object.keys(attributesOf(group))
        assert.isFalse(names.some((name) => name.startsWith("k8s.") || name.startsWith("host.")))
        assert.include(names, "service.instance.id")
      }
    }).pipe(Effect.scoped, Effect.provide(world, { local: true }))
  )
})

describe("senders", () => {
  it("are one object for a process, and bounded in number", () => {
    let made = 0
    const resource = { attributes: {}, merge: () => resource, getRawAttributes: () => [] }
    const senderOf = makeSenders(
      () => {
        made += 1
        return resource
      },
      () => 7
    )
    const first = senderOf(pod("0"))
    assert.strictEqual(first.bytes, 7)
    assert.strictEqual(senderOf(pod("0")), first)
    for (let index = 1; index <= 1000; index++) senderOf(pod(String(index)))
    assert.strictEqual(made, 1001)
    assert.notStrictEqual(senderOf(pod("0")), first)
  })
})

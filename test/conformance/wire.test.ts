import { assert, describe, layer } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TraceEvent } from "../../src/services/trace/TraceEvent.ts"
import { outcomes } from "../services/trace/events.ts"
import { assertConformant, RULES } from "./assertConformant.ts"
import { CHECKS } from "./checks.ts"
import { requestType } from "./decodeRequest.ts"
import { extremes } from "./extremes.ts"
import { type Span, spansIn } from "./Span.ts"
import { KEY, ThreeTransports, TRANSPORTS, type Transport, type Wire } from "./threeTransports.ts"
import { traffic } from "./trafficArbitrary.ts"

const GENERATED = 40

const MEGABYTE = 1024 * 1024

/** Of a request, by default. */
const CAP = 4 * MEGABYTE

const TOO_MUCH = "more than fits"

const CALLER = /^00f067aa0ba902b7$/

/** The ways that a request can end, each with ids of its own. */
const endings = Object.values<TraceEvent>(outcomes).map((of, index): TraceEvent => {
  const digits = (index + 1).toString(16).padStart(4, "0")
  const header = { ...of.header, traceId: `${"f".repeat(28)}${digits}`, spanId: `${"f".repeat(8)}${digits}0000` }
  return { ...of, header }
})

/** Everything that was sent, and what came of it over each transport. */
class Corpus extends Context.Service<
  Corpus,
  { readonly events: ReadonlyArray<TraceEvent>; readonly wires: { readonly [transport in Transport]: Wire } }
>()("test/conformance/Corpus") {
  static readonly layer = Layer.effect(
    Corpus,
    Effect.gen(function* () {
      const { send } = yield* ThreeTransports
      const seed = process.env["PROPERTY_SEED"] ?? "spangate"
      const generated = yield* Arbitrary.sampleEffect(traffic, { count: GENERATED, seed }).pipe(Effect.orDie)
      // Where content is cut depends on what the envelope weighs, which is not the same in JSON.
      const { [TOO_MUCH]: _, ...fitting } = extremes
      const events = [...generated, ...endings, ...Object.values(fitting)]
      return Corpus.of({ events, wires: yield* send(events) })
    })
  ).pipe(Layer.provide(ThreeTransports.layer()))
}

const shared = layer(Corpus.layer)

const inEach = (body: (wire: Wire, transport: Transport) => void) =>
  Effect.map(Corpus, ({ wires }) => {
    for (const transport of TRANSPORTS) body(wires[transport], transport)
  })

shared("over every transport, real traffic and generated", (it) => {
  it.effect("1 decodes by the official .proto without unknown fields, and encodes again to the same", () =>
    inEach(({ decoded, payloads, requests }, transport) => {
      for (const { export: received } of requests) assert.deepStrictEqual(received?.unknownFields, [])
      if (transport === "http/json") return
      for (const [index, payload] of payloads.entries()) {
        const again = requestType.decode(requestType.encode(requestType.decode(payload)).finish())
        assert.deepStrictEqual(requestType.toObject(again, { longs: String }), decoded[index])
      }
    })
  )

  it.effect("2 has the headers that were configured: type, coding, raw key, one connection, and no trace context", () =>
    inEach(({ requests }, transport) => {
      for (const { connection, headers, method, path } of requests) {
        assert.strictEqual(method, "POST")
        assert.strictEqual(headers.authorization, KEY)
        assert.strictEqual(headers["x-trace-source"], "spangate")
        assert.match(headers["user-agent"] ?? "", /^spangate\/1\.2\.3/)
        assert.notProperty(headers, "traceparent")
        assert.notProperty(headers, "tracestate")
        assert.strictEqual(connection, 1)
        if (transport === "grpc") {
          assert.strictEqual(path, "/opentelemetry.proto.collector.trace.v1.TraceService/Export")
          assert.match(headers["content-type"] ?? "", /^application\/grpc(\+proto)?$/)
          assert.strictEqual(headers["grpc-encoding"], "gzip")
        } else {
          assert.strictEqual(path, "/v1/traces")
          const json = transport === "http/json"
          assert.strictEqual(headers["content-type"], json ? "application/json" : "application/x-protobuf")
          assert.strictEqual(headers["content-encoding"], json ? "gzip" : undefined)
        }
      }
    })
  )

  it.effect("3 weighs no more than the cap before compression, and nothing is empty", () =>
    inEach(({ payloads }) => {
      assert.isAbove(payloads.length, 1)
      for (const payload of payloads) {
        assert.isAbove(payload.length, 0)
        assert.isAtMost(payload.length, CAP)
      }
    })
  )

  it.effect("4 keeps to OTLP's JSON mapping", () =>
    inEach(({ decoded, payloads }, transport) => {
      if (transport !== "http/json") return
      // `decodeJsonRequest` took it: hex ids, numbers for enums, text for 64 bits, known names, no null.
      assert.strictEqual(decoded.length, payloads.length)
      for (const payload of payloads) assert.notMatch(Buffer.from(payload).toString(), /[,{]"[^"]+":null[,}]/)
    })
  )

  const numbers = new Set(Object.values(RULES).flatMap((rules) => Object.keys(rules).map(Number)))
  for (const check of [...numbers].sort((a, b) => a - b)) {
    it.effect(`${check} ${CHECKS[check]?.title}`, () =>
      inEach(({ decoded }) => {
        assert.isAbove(assertConformant(decoded, check).length, 3 * GENERATED)
      })
    )
  }

  it.effect("5 every span of a trace has the trace id of its event, and with a caller the caller's", () =>
    Effect.gen(function* () {
      const { events } = yield* Corpus
      const traceIds = new Set(events.map(({ header }) => header.traceId))
      yield* inEach(({ decoded }) => {
        assert.deepStrictEqual(new Set(spansIn(decoded).map(({ traceId }) => traceId)), traceIds)
      })
    })
  )

  it.effect("6 the root's parent is the caller's span", () =>
    inEach(({ decoded }) => {
      const roots = spansIn(decoded).filter(({ kind, traceId }) => kind === 2 && traceId.startsWith("ffff"))
      assert.strictEqual(roots.length, endings.length)
      for (const { parentSpanId } of roots) assert.match(parentSpanId, CALLER)
    })
  )

  it.effect("16 what a provider does not say of its tokens is absent, and nothing is not absent", () =>
    inEach(({ decoded }) => {
      const call = (name: string) => callOf(spansIn(decoded), name)
      assert.isFalse(call("an answer that says nothing of its tokens").has("gen_ai.usage.input_tokens"))
      assert.strictEqual(call("an answer of no tokens").get("gen_ai.usage.input_tokens"), 0n)
      assert.strictEqual(call("an answer of no tokens").get("gen_ai.usage.output_tokens"), 0n)
    })
  )

  it.effect("14 whole numbers stay doubles where the conventions have doubles", () =>
    inEach(({ decoded }) => {
      const attributes = callOf(spansIn(decoded), "whole numbers for doubles")
      for (const [name, value] of [
        ["temperature", 0],
        ["top_p", 1],
        ["frequency_penalty", 2],
        ["presence_penalty", -1],
        ["seed", 0n]
      ] as const) {
        assert.strictEqual(attributes.get(`gen_ai.request.${name}`), value, name)
      }
    })
  )

  it.effect("19 text of every kind arrives as UTF-8, and whole", () =>
    inEach(({ decoded }) => {
      const output = (name: string) => {
        const [message] = JSON.parse(String(callOf(spansIn(decoded), name).get("gen_ai.output.messages")))
        return message.parts[0].content
      }
      assert.isTrue(output("an answer of a megabyte") === "a".repeat(MEGABYTE))
      const asked = JSON.parse(String(callOf(spansIn(decoded), "a prompt of a megabyte").get("tfy.input")))
      assert.isTrue(asked.messages[0].content === "\u{1f600}".repeat(MEGABYTE / 4))
      assert.strictEqual(output("NUL"), "a\u0000b")
      assert.strictEqual(output("what JSON escapes"), '\\ud83d "\\u0000"')
      assert.include(output("a character in two chunks"), "\u{1f600}")
      // JSON can spell half a character out, in ASCII.
      assert.strictEqual(output("halves of characters").toWellFormed(), `\ufffd${"é\ufffd".repeat(500)}`)
    })
  )

  it.effect("20 two hundred tool calls and sixteen choices are all there, in their order", () =>
    inEach(({ decoded }) => {
      const messages = (name: string) =>
        JSON.parse(String(callOf(spansIn(decoded), name).get("gen_ai.output.messages")))
      assert.deepStrictEqual(
        messages("200 tool calls")[0].parts.map(({ name }: { readonly name: string }) => name),
        Array.from({ length: 200 }, (_, index) => `tool_${index}`)
      )
      const choices: ReadonlyArray<{ readonly parts: ReadonlyArray<{ readonly content: string }> }> =
        messages("sixteen choices")
      assert.deepStrictEqual(
        choices.map(({ parts }) => parts[0]?.content),
        Array.from({ length: 16 }, (_, index) => `choice ${index}`)
      )
    })
  )

  it.effect("32 is the same spans over every transport, to decoders of two makes", () =>
    Effect.gen(function* () {
      const { wires } = yield* Corpus
      const all = TRANSPORTS.map((transport) => sorted(spansIn(wires[transport].decoded)))
      const [first = [], ...others] = all
      for (const other of others) assert.deepStrictEqual(other, first)
      for (const transport of TRANSPORTS) {
        const { decoded, held } = wires[transport]
        assert.deepStrictEqual(
          held.map(({ span }) => `${span.traceId}/${span.spanId}: ${span.attributes.length}`).sort(),
          spansIn(decoded)
            .map(({ attributes, spanId, traceId }) => `${traceId}/${spanId}: ${attributes.size}`)
            .sort()
        )
      }
    })
  )
})

/** Attributes of the provider call of one of the extremes. */
const callOf = (spans: ReadonlyArray<Span>, name: string): Span["attributes"] => {
  const traceId = extremes[name]?.header.traceId ?? assert.fail(`no extreme ${name}`)
  const call = spans.find((span) => span.kind === 3 && span.traceId === traceId)
  return call?.attributes ?? assert.fail(`no call of ${name}`)
}

const sorted = (spans: ReadonlyArray<Span>): ReadonlyArray<object> =>
  spans
    .toSorted((a, b) => (a.traceId + a.spanId < b.traceId + b.spanId ? -1 : 1))
    .map(({ decoded, ...span }) => ({ ...span, events: decoded.events, links: decoded.links }))

describe("with a cap of 64 KiB", () => {
  layer(ThreeTransports.layer({ maxBatchBytes: 65_536 }))((it) => {
    it.effect("18 content is cut inside its strings, stays JSON and UTF-8, and its size is noted", () =>
      Effect.gen(function* () {
        const { send } = yield* ThreeTransports
        const names = ["an answer of a megabyte", "a prompt of a megabyte", TOO_MUCH, "200 tool calls"]
        const wires = yield* send(names.map((name) => extremes[name] ?? assert.fail(name)))
        for (const transport of TRANSPORTS) {
          const { decoded, payloads } = wires[transport]
          for (const payload of payloads) assert.isAtMost(payload.length, 65_536)
          for (const check of [14, 15, 20]) assertConformant(decoded, check)
          for (const [name, attribute] of [
            ["an answer of a megabyte", "gen_ai.output.messages"],
            ["a prompt of a megabyte", "gen_ai.input.messages"]
          ] as const) {
            const call = callOf(spansIn(decoded), name)
            assert.isAbove(Number(call.get(`gateway.original_size.${attribute}`)), MEGABYTE)
            const text = String(call.get(attribute) ?? "[]")
            assert.isAbove(text.length, 1000)
            assert.isTrue(text.isWellFormed() && !text.includes("\ufffd"), "no character is cut in two")
          }
        }
      })
    )
  })
})

import { assert, describe, it } from "@effect/vitest"
import { resourceFromAttributes } from "@opentelemetry/resources"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import * as Result from "effect/Result"
import type { Expansion } from "../../../src/services/export/Expansion.ts"
import { type BatchLimits, frameParts, lighterPieces } from "../../../src/services/export/frameParts.ts"
import { traceEvent } from "./traceEvents.ts"

/** A span whose encoding is as long as its weight says; content is all but its first ten bytes. */
const span = (name: string, weight: number) =>
  ({ name, weight, spanContext: () => ({ traceId: "t", spanId: name }) }) as unknown as ReadableSpan & {
    weight: number
  }
const weightOf = (one: ReadableSpan) => (one as ReadableSpan & { weight: number }).weight

const expansion = (
  perEvent: (index: number) => ReadonlyArray<ReadableSpan>,
  events = 1,
  overrides: Partial<Expansion> = {}
): Expansion => {
  const decoded = Array.from({ length: events }, () => traceEvent())
  return {
    decode: () => Result.succeed(decoded),
    wants: () => true,
    senderOf: () => undefined,
    expand: (event) => perEvent(decoded.indexOf(event)),
    cut: (one, room) => span(one.name, Math.min(10 + room, weightOf(one))),
    encode: (spans) => new Uint8Array(spans.reduce((sum, one) => sum + weightOf(one), 0)),
    ...overrides
  }
}

const frame = (spans: number) => ({ bytes: new Uint8Array(0), events: 1, spans, sequence: 7, publishedAt: 0 })
const limits: BatchLimits = { maxBytes: 100, maxSpans: 10 }
const names = (spans: ReadonlyArray<ReadableSpan>) => spans.map((one) => one.name)

describe("frameParts", () => {
  it("makes one part of an event and marks the frame's last", () => {
    const parts = [
      ...frameParts(
        frame(4),
        expansion((i) => [span(`a${i}`, 5), span(`b${i}`, 5)], 2),
        limits
      )
    ]
    assert.deepStrictEqual(
      parts.map((part) => [names(part.spans()), part.bytes.length, part.last, part.sequence, part.frameSpans]),
      [
        [["a0", "b0"], 10, false, 7, 4],
        [["a1", "b1"], 10, true, 7, 4]
      ]
    )
  })

  it("cuts an event that is too heavy or too numerous into its spans", () => {
    const heavy = [
      ...frameParts(
        frame(2),
        expansion(() => [span("a", 60), span("b", 60)]),
        limits
      )
    ]
    assert.deepStrictEqual(
      heavy.map((part) => [names(part.spans()), part.last]),
      [
        [["a"], false],
        [["b"], true]
      ]
    )
    const many = Array.from({ length: 11 }, (_, i) => span(`${i}`, 1))
    assert.strictEqual(
      [
        ...frameParts(
          frame(11),
          expansion(() => many),
          limits
        )
      ].length,
      11
    )
  })

  it("cuts the content of a span that is heavier than a request, and gives it up if that does not help", () => {
    const cut = [
      ...frameParts(
        frame(1),
        expansion(() => [span("a", 500)]),
        limits
      )
    ]
    assert.deepStrictEqual(
      cut.map((part) => part.bytes.length),
      [100]
    )
    const parts = [
      ...frameParts(
        frame(2),
        expansion(() => [span("a", 500), span("b", 3)]),
        { ...limits, maxBytes: 5 }
      )
    ]
    assert.deepStrictEqual(
      parts.map((part) => [names(part.spans()), part.lost?.reason, part.lost?.spans, part.last]),
      [
        [[], "too_large", 1, false],
        [["b"], undefined, undefined, true]
      ]
    )
  })

  it("finds how much content fits where the encoding makes more of it, and takes none where nothing fits", () => {
    const bytesWith = (factor: number) =>
      [
        ...frameParts(
          frame(1),
          expansion(() => [span("a", 500)], 1, {
            encode: ([one]) => new Uint8Array(10 + factor * ((one === undefined ? 0 : weightOf(one)) - 10))
          }),
          limits
        )
      ].map((part) => part.bytes.length)
    const [doubled] = bytesWith(2)
    assert.isTrue(doubled !== undefined && doubled <= 100 && doubled > 80, String(doubled))
    assert.deepStrictEqual(bytesWith(1000), [10])
  })

  it("makes a part lighter by taking its spans apart, cutting only those that are too heavy by themselves", () => {
    const part = { spanCount: 2, bytes: new Uint8Array(530), spans: () => [span("a", 30), span("b", 500)] }
    const pieces = lighterPieces(
      part,
      expansion(() => []),
      50
    )
    assert.deepStrictEqual(
      pieces.map((piece) => [names(piece.spans()), piece.bytes.length]),
      [
        [["a"], 30],
        [["b"], 50]
      ]
    )
  })

  it("loses a frame that cannot be decoded, whole", () => {
    const parts = [
      ...frameParts(
        frame(9),
        expansion(() => [], 0, { decode: () => Result.fail("checksum does not match") }),
        limits
      )
    ]
    assert.deepStrictEqual(
      parts.map((part) => [part.lost, part.last]),
      [[{ reason: "corrupt", spans: 9, spanIds: [], detail: "checksum does not match" }, true]]
    )
  })

  it("loses an event that cannot be expanded, alone, and does not quote the error", () => {
    const parts = [
      ...frameParts(
        frame(3),
        expansion((i) => {
          if (i === 1) throw new TypeError("the prompt was: secret")
          return [span(`a${i}`, 5)]
        }, 3),
        limits
      )
    ]
    assert.deepStrictEqual(
      parts.map((part) => [names(part.spans()), part.lost?.reason, part.last]),
      [
        [["a0"], undefined, false],
        [[], "unexpandable", false],
        [["a2"], undefined, true]
      ]
    )
    assert.strictEqual(parts[1]?.lost?.spans, 4, "as many as the event had promised")
    assert.match(parts[1]?.lost?.detail ?? "", /^TypeError/)
    assert.notInclude(parts[1]?.lost?.detail, "secret")
  })

  it("loses an event that cannot be encoded, alone", () => {
    const broken = expansion((i) => [span(`a${i}`, 5)], 2, {
      encode: (spans) => {
        if (spans[0]?.name === "a0") throw new Error("no")
        return new Uint8Array(5)
      }
    })
    assert.deepStrictEqual(
      [...frameParts(frame(2), broken, limits)].map((part) => [names(part.spans()), part.lost?.reason]),
      [
        [[], "unexpandable"],
        [["a1"], undefined]
      ]
    )
  })

  it("still ends a frame without events, and one whose last event has no spans", () => {
    assert.deepStrictEqual(
      [
        ...frameParts(
          frame(0),
          expansion(() => [], 0),
          limits
        )
      ].map((part) => part.last),
      [true]
    )
    assert.deepStrictEqual(
      [
        ...frameParts(
          frame(0),
          expansion(() => [], 1),
          limits
        )
      ].map((part) => part.last),
      [true]
    )
  })

  it("leaves room for what its sender adds to a request, also where one span has to be cut", () => {
    const sender = { resource: resourceFromAttributes({}), bytes: 40 }
    const of = (weight: number) => [
      ...frameParts(
        frame(1),
        expansion(() => [span("a", weight)], 1, { senderOf: () => sender }),
        limits
      )
    ]
    assert.deepStrictEqual(
      [60, 61].map((weight) => of(weight).map((part) => [part.bytes.length <= 60, part.sender === sender])),
      [[[true, true]], [[true, true]]]
    )
    const [part] = of(60)
    assert.isDefined(part)
    for (const piece of lighterPieces(
      part,
      expansion(() => []),
      50
    ))
      assert.isAtMost(piece.bytes.length, 10)
  })
})

import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { FramePart } from "../../../src/services/export/frameParts.ts"
import { type Buried, NO_SPANS, type Outcome, settle as settleWith } from "../../../src/services/export/settle.ts"
import { Permanent, type SpanBatch } from "../../../src/services/export/TraceSink.ts"
import type { Disposition } from "../../../src/services/trace/TraceBus.ts"
import { traceEvent } from "./traceEvents.ts"

const part = (sequence: number, frameSpans: number, spans: number, last: boolean, lost = 0): FramePart => ({
  sequence,
  frameSpans,
  spanCount: spans,
  spans: () => [],
  bytes: new Uint8Array(0),
  last,
  ...(lost === 0 ? {} : { lost: { reason: "unexpandable", spans: lost, spanIds: [], detail: "" } })
})

const batch = (...parts: ReadonlyArray<FramePart>): SpanBatch<FramePart> => ({
  parts,
  spanCount: parts.reduce((sum, one) => sum + one.spanCount, 0),
  byteLength: 0
})

const settle = (open: Disposition, one: SpanBatch<FramePart>, outcome: Outcome, buried: Buried = new Set()) =>
  settleWith(open, one, outcome, buried)

const accepted = (rejectedSpans = 0): Outcome => Result.succeed({ rejectedSpans })
const refused = (reason: string): Outcome => Result.fail(new Permanent({ reason }))
const sum = (account: Disposition) =>
  account.delivered +
  account.rejected +
  account.deadLettered +
  Object.values(account.dropped).reduce((total, spans) => total + spans, 0)

describe("settle", () => {
  it("acknowledges frames that the batch holds whole", () => {
    assert.deepStrictEqual(settle(NO_SPANS, batch(part(1, 2, 2, true), part(2, 3, 3, true)), accepted()), {
      open: NO_SPANS,
      acknowledge: { sequence: 2, disposition: { ...NO_SPANS, delivered: 5 } }
    })
  })

  it("acknowledges a frame only with its last part, with what became of each", () => {
    const first = settle(NO_SPANS, batch(part(1, 1, 1, true), part(2, 5, 2, false)), accepted())
    assert.deepStrictEqual(first.acknowledge, { sequence: 1, disposition: { ...NO_SPANS, delivered: 1 } })
    const middle = settle(first.open, batch(part(2, 5, 2, false)), refused("http_400"))
    assert.isUndefined(middle.acknowledge)
    const end = settle(middle.open, batch(part(2, 5, 1, true)), accepted())
    assert.deepStrictEqual(end.acknowledge, {
      sequence: 2,
      disposition: { ...NO_SPANS, delivered: 3, dropped: { http_400: 2 } }
    })
  })

  it("counts rejections, and no more of them than spans", () => {
    const { acknowledge } = settle(NO_SPANS, batch(part(1, 2, 2, true), part(2, 2, 2, true)), accepted(3))
    assert.deepStrictEqual(acknowledge?.disposition, { ...NO_SPANS, delivered: 1, rejected: 3 })
    const boast = settle(NO_SPANS, batch(part(1, 2, 2, true)), accepted(1e15))
    assert.deepStrictEqual(boast.acknowledge?.disposition, { ...NO_SPANS, rejected: 2 })
  })

  it("counts spans that were promised and did not come as drops", () => {
    const { acknowledge } = settle(NO_SPANS, batch(part(1, 5, 3, true)), accepted())
    assert.deepStrictEqual(acknowledge?.disposition, { ...NO_SPANS, delivered: 3, dropped: { unexpandable: 2 } })
  })

  it("leaves spans beyond the promise out of the account", () => {
    const { acknowledge } = settle(NO_SPANS, batch(part(1, 2, 5, true)), accepted())
    assert.deepStrictEqual(acknowledge?.disposition, { ...NO_SPANS, delivered: 2 })
  })

  it("counts what is buried as dead-lettered, whether it was refused or never went out, and the rest as dropped", () => {
    const [kept, unkept] = [traceEvent(1), traceEvent(2)]
    const parts = [
      { ...part(1, 3, 2, false, 1), event: kept },
      { ...part(1, 5, 2, true), event: unkept }
    ]
    const { acknowledge } = settle(NO_SPANS, batch(...parts), refused("http_400"), new Set([kept]))
    assert.deepStrictEqual(acknowledge?.disposition, { ...NO_SPANS, deadLettered: 3, dropped: { http_400: 2 } })
    const late = settle(NO_SPANS, batch(...parts), accepted(), new Set([kept]))
    assert.deepStrictEqual(late.acknowledge?.disposition, { ...NO_SPANS, delivered: 4, deadLettered: 1 })
  })

  const small = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 }))
  it.prop(
    "balances: what is acknowledged is what the frames had, whatever the answers and wherever the cuts",
    {
      frames: Schema.Array(
        Schema.Struct({
          promised: small,
          parts: Schema.Array(Schema.Tuple([small, small])).check(Schema.isMaxLength(4))
        })
      ).check(Schema.isMaxLength(6)),
      answers: Schema.Array(Schema.Union([small, Schema.Literal("refused")])).check(Schema.isMaxLength(8)),
      cutEvery: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 }))
    },
    ({ answers, cutEvery, frames }) => {
      const parts = frames.flatMap((frame, index) => {
        const all = frame.parts.length === 0 ? [[0, 0] as const] : frame.parts
        return all.map(([spans, lost], at) => part(index, frame.promised, spans, at === all.length - 1, lost))
      })
      let open = NO_SPANS
      let acknowledged = 0
      let upTo = -1
      for (let at = 0, n = 0; at < parts.length; at += cutEvery, n++) {
        const answer = answers[n % Math.max(1, answers.length)] ?? 0
        const outcome = answer === "refused" ? refused("http_400") : accepted(answer)
        const settlement = settle(open, batch(...parts.slice(at, at + cutEvery)), outcome)
        open = settlement.open
        if (settlement.acknowledge === undefined) continue
        assert.isTrue(settlement.acknowledge.sequence > upTo)
        upTo = settlement.acknowledge.sequence
        acknowledged += sum(settlement.acknowledge.disposition)
        assert.strictEqual(
          acknowledged,
          frames.slice(0, upTo + 1).reduce((total, frame) => total + frame.promised, 0)
        )
      }
      assert.strictEqual(upTo, frames.length - 1, "every frame is acknowledged")
      assert.deepStrictEqual(open, NO_SPANS)
    }
  )
})

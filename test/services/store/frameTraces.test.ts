import { assert, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { dispositionOf, frameEvents } from "../../../src/services/store/frameTraces.ts"
import { encodeFrame } from "../../../src/services/trace/frame.ts"
import { event } from "../trace/events.ts"

const count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))

it.prop(
  "an account adds up to what the publisher counted, whatever was lost",
  { spans: count, corrupt: count, unstorable: count },
  ({ corrupt, spans, unstorable }) => {
    const lost = new Map([
      ["corrupt", corrupt],
      ["unstorable", unstorable]
    ])
    const { delivered, dropped } = dispositionOf(spans, lost)
    assert.isAtLeast(delivered, 0)
    assert.strictEqual(delivered + Object.values(dropped).reduce((sum, each) => sum + each, 0), spans)
    if (corrupt + unstorable <= spans) assert.strictEqual(delivered, spans - corrupt - unstorable)
  }
)

it.prop(
  "a frame of any bytes is read or lost, never thrown at",
  { at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2000 })), bit: count },
  ({ at, bit }) => {
    const { header, request, response } = event()
    const frame = encodeFrame([{ header, request: [request], response: [response] }])
    const bytes = Uint8Array.from(frame.bytes)
    bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << (bit % 8))
    const lost: Array<readonly [reason: string, spans: number]> = []
    const events = frameEvents({ ...frame, bytes, sequence: 1, publishedAt: 0 }, (...what) => lost.push(what))
    assert.deepStrictEqual([events, lost], [[], [["corrupt", frame.spans]]])
  }
)

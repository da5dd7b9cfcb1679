import { assert, describe, it } from "@effect/vitest"
import {
  advance,
  drop,
  inStream,
  ledgerOf,
  newAccount,
  outstanding,
  settle
} from "../../../src/layers/nats/ConsumerAccount.ts"
import { delivered } from "../../contracts/disposition.ts"
import { assertBalanced } from "../../contracts/traceBus.ts"

const frame = (sequence: number, spans: number) => ({ sequence, spans, bytes: new Uint8Array(10) })
const NOTHING = { spans: 0, bytes: 0, lost: {} }
const beyond = { spans: 12, bytes: 30, lost: { queue_full: 2 } }

describe("a consumer's account", () => {
  it("counts a frame once, whoever settles it and however often", () => {
    const once = settle(newAccount(0), [frame(1, 3), frame(2, 4)], delivered(7), 1)
    assert.strictEqual(settle(once, [frame(1, 3), frame(2, 4)], delivered(7), 1), once)
    const overlapping = settle(once, [frame(2, 4), frame(3, 5)], delivered(9), 1)
    assert.strictEqual(overlapping.delivered, 12)
    assert.strictEqual(overlapping.settledBytes, 30)
    assert.deepStrictEqual(overlapping.counted, [[1, 3]])
  })

  it("takes what was counted already from the delivered spans first", () => {
    const once = settle(newAccount(0), [frame(1, 3)], delivered(3), 1)
    const disposition = { delivered: 2, rejected: 1, deadLettered: 0, dropped: { http_400: 5 } }
    const twice = settle(once, [frame(1, 3), frame(2, 5)], disposition, 1)
    assert.deepStrictEqual([twice.delivered, twice.rejected, twice.dropped], [3, 0, { http_400: 5 }])
    assertBalanced(ledgerOf(advance(twice, 2, { spans: 8, bytes: 20, lost: {} }), NOTHING, undefined))
  })

  it("forgets which frames it counted once the stream has them no more", () => {
    const before = settle(newAccount(0), [frame(1, 1), frame(2, 1), frame(5, 1)], delivered(3), 1)
    assert.deepStrictEqual(settle(before, [frame(9, 1)], delivered(1), 4).counted, [
      [5, 5],
      [9, 9]
    ])
  })

  it("counts a frame once also when somebody settles it long after, and the stream has it no more", () => {
    const before = settle(newAccount(0), [frame(1, 1), frame(2, 1)], delivered(2), 1)
    const after = settle(before, [frame(3, 1)], delivered(1), 3)
    assert.strictEqual(settle(after, [frame(2, 1)], delivered(1), 3), after)
  })

  it("counts what grew too old in somebody's hands, also when others have gone on meanwhile", () => {
    const others = settle(newAccount(2), [frame(3, 1), frame(5, 1)], delivered(2), 3)
    const further = settle(others, [frame(6, 1)], delivered(1), 6)
    assert.deepStrictEqual([further.released, further.counted], [3, [[5, 6]]])
    assert.strictEqual(settle(further, [frame(4, 7)], delivered(7), 7).delivered, 10)
  })

  it("does not remember many gaps, and counts nothing that is in one it forgot", () => {
    const odd = Array.from({ length: 20 }, (_, index) => frame(2 * index + 1, 1))
    const many = settle(newAccount(0), odd, delivered(20), 1)
    const after = settle(many, [frame(50, 1)], delivered(1), 50)
    assert.deepStrictEqual([after.released, after.counted.length], [7, 17])
    assert.strictEqual(settle(after, [frame(6, 1)], delivered(1), 50), after)
    assert.strictEqual(settle(after, [frame(8, 1)], delivered(1), 50).delivered, 22)
  })

  it("of another stream begins anew, and keeps what it counted", () => {
    const before = inStream(settle(newAccount(4), [frame(5, 3)], delivered(3), 5), "one")
    assert.strictEqual(inStream(before, "one"), before)
    const { counted, delivered: sent, origin, stream, through } = inStream(before, "two")
    assert.deepStrictEqual([counted, sent, origin, stream, through], [[], 3, 0, "two", 0])
  })

  it("is the same however far it was written down", () => {
    const settled = settle(newAccount(0), [frame(1, 7)], delivered(7), 1)
    const late = ledgerOf(settled, beyond, 5)
    const written = ledgerOf(advance(settled, 3, beyond), NOTHING, 5)
    assert.deepStrictEqual(late, written)
    assert.deepStrictEqual(late, {
      captured: 14,
      delivered: 7,
      rejected: 0,
      deadLettered: 0,
      dropped: { queue_full: 2 },
      queued: 5,
      queuedBytes: 20,
      oldestAt: 5
    })
    assertBalanced(late)
  })

  it("books what went without having been taken as expired", () => {
    const settled = settle(newAccount(0), [frame(1, 7)], delivered(7), 1)
    const ledger = ledgerOf(drop(settled, outstanding(settled, beyond), "expired"), beyond, undefined)
    assert.deepStrictEqual(ledger.dropped, { expired: 5, queue_full: 2 })
    assert.strictEqual(ledger.queued, 0)
    assertBalanced(ledger)
  })
})

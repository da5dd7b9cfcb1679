import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import {
  advance,
  type ConsumerAccount,
  ledgerOf,
  newAccount,
  settle
} from "../../../src/layers/nats/ConsumerAccount.ts"
import { type Emptied, expire } from "../../../src/layers/nats/expiring.ts"
import type { OldMessage } from "../../../src/layers/nats/givingUp.ts"
import { endDoubt, type GivingUp, giveUp, isOverdue, stillInHand } from "../../../src/layers/nats/givingUp.ts"
import { MAX_IN_HAND } from "../../../src/layers/nats/inHand.ts"
import { delivered } from "../../contracts/disposition.ts"
import { assertBalanced } from "../../contracts/traceBus.ts"

const REASON = "destination_behind"
const NOTHING = { spans: 0, bytes: 0, lost: {} }

const old = (sequence: number, spans: number): OldMessage => ({ sequence, spans, bytes: 10 })
const frame = (sequence: number, spans: number) => ({ sequence, spans, bytes: new Uint8Array(10) })
const loss = (sequence: number, spans: number): OldMessage => ({
  sequence,
  spans: 0,
  bytes: 0,
  loss: { spans, reason: "queue_full" }
})

const ONE_TO_4 = [old(1, 1), old(2, 2), loss(3, 7), old(4, 4)]
const nowhere: GivingUp = { settled: 0, delivered: 0, reason: REASON, now: 0 }

const ledger = (account: ConsumerAccount) => {
  const { captured, delivered, dropped, queued, queuedBytes } = ledgerOf(account, NOTHING, undefined)
  return { captured, delivered, dropped, queued, queuedBytes }
}

describe("giving up the oldest", () => {
  it("drops what nobody has in hand, writes down what it lets go of, and does so once", () => {
    const once = giveUp(newAccount(0), ONE_TO_4, nowhere)
    const expected = {
      captured: 14,
      delivered: 0,
      dropped: { destination_behind: 7, queue_full: 7 },
      queued: 0,
      queuedBytes: 0
    }
    assert.deepStrictEqual(ledger(once), expected)
    assert.strictEqual(giveUp(once, ONE_TO_4, nowhere), once)
    assert.deepStrictEqual(ledger(giveUp(once, ONE_TO_4.slice(0, 2), nowhere)), expected)
  })

  it("takes nothing from a consumer that has settled it, nor from before it came", () => {
    const ahead = settle(newAccount(0), [frame(1, 1), frame(2, 2), frame(4, 4)], delivered(7), 1)
    for (const settled of [0, 4]) {
      const after = ledger(giveUp(ahead, ONE_TO_4, { ...nowhere, settled }))
      assert.deepStrictEqual([after.delivered, after.dropped], [7, { queue_full: 7 }])
    }
    const late = giveUp(newAccount(2), ONE_TO_4, { ...nowhere, settled: 2 })
    assert.deepStrictEqual(ledger(late).dropped, { destination_behind: 4, queue_full: 7 })
  })

  it("does not count what is settled after it was dropped", () => {
    const dropped = giveUp(newAccount(0), ONE_TO_4, nowhere)
    const late = settle(dropped, [frame(1, 1), frame(2, 2)], delivered(3), 5)
    assert.deepStrictEqual(ledger(late), ledger(dropped))
    const further = settle(dropped, [frame(4, 4), frame(5, 5)], delivered(9), 5)
    assert.strictEqual(further.delivered, 5)
  })

  it("leaves what is in hand to whoever has it, for as long as anybody says so", () => {
    const doubted = giveUp(newAccount(0), ONE_TO_4, { ...nowhere, delivered: 2 })
    assert.deepStrictEqual(ledger(doubted), {
      captured: 14,
      delivered: 0,
      dropped: { destination_behind: 4, queue_full: 7 },
      queued: 3,
      queuedBytes: 20
    })
    assert.strictEqual(expire(doubted, NOTHING, { through: 4, delivered: 2, now: 0 }), doubted)
    const one = settle(doubted, [frame(1, 1)], delivered(1), 5)
    assert.deepStrictEqual([ledger(one).delivered, ledger(one).queued], [1, 2])
    // Whoever has none of it cannot keep it.
    assert.strictEqual(stillInHand(one, [1, 4, 9], 14_000), one)
    assert.isTrue(isOverdue(one, 15_000))
    const kept = stillInHand(one, [2], 14_000)
    assert.isFalse(isOverdue(kept, 28_000))
    const more = giveUp(kept, [old(5, 5)], { ...nowhere, delivered: 5, now: 20_000 })
    assert.isFalse(isOverdue(more, 34_000))
    assert.deepStrictEqual([ledger(more).dropped, ledger(more).queued], [ledger(kept).dropped, 7])
    const both = settle(kept, [frame(1, 1), frame(2, 2)], delivered(3), 5)
    assert.isUndefined(both.inDoubt)
    assert.deepStrictEqual([ledger(both).delivered, ledger(both).queued], [3, 0])

    const ended = endDoubt(kept, REASON)
    assert.deepStrictEqual(ledger(ended).dropped, { destination_behind: 6, queue_full: 7 })
    assert.strictEqual(settle(ended, [frame(2, 2)], delivered(2), 5), ended)
  })

  it("doubts what was counted and forgotten no more when there is new doubt", () => {
    const settled = settle(newAccount(0), [frame(1, 1)], delivered(1), 1)
    const forgotten = settle(settled, [frame(2, 2)], delivered(2), 2)
    const doubted = giveUp(forgotten, [old(2, 2), old(3, 3)], { ...nowhere, settled: 2, delivered: 3 })
    assert.strictEqual(settle(doubted, [frame(1, 1), frame(2, 2)], delivered(3), 4), doubted)
    assert.strictEqual(settle(doubted, [frame(3, 3)], delivered(3), 4).delivered, 6)
  })

  it("holds no more in doubt than there can be in hand", () => {
    const holes = Array.from({ length: MAX_IN_HAND + 1 }, (_, index) => 2 * index + 1)
    const settled = settle(
      newAccount(0),
      holes.map((sequence) => frame(sequence, 1)),
      delivered(holes.length),
      1
    )
    const oldest = Array.from({ length: 2 * holes.length }, (_, index) => old(index + 1, 1))
    const after = giveUp(settled, oldest, { ...nowhere, delivered: 2 * holes.length })
    assert.isUndefined(after.inDoubt)
    assert.deepStrictEqual(after.counted, [])
    assert.deepStrictEqual(ledger(after).dropped, { destination_behind: holes.length })
  })
})

describe("what grew too old", () => {
  const written = advance(newAccount(0), 4, { spans: 10, bytes: 40, lost: {} })
  const seen: Emptied = { through: 4, delivered: 4, now: 0 }

  it("is dropped at once where nobody can have it in hand, and settled late not counted", () => {
    const dropped = expire(written, NOTHING, { ...seen, delivered: 0 })
    assert.deepStrictEqual([ledger(dropped).dropped, ledger(dropped).queued], [{ expired: 10 }, 0])
    assert.strictEqual(settle(dropped, [frame(1, 3)], delivered(3), 5), dropped)
    assert.strictEqual(expire(dropped, NOTHING, seen), dropped)
  })

  it("is left to whoever may have it in hand, and dropped when nobody is heard", () => {
    const doubted = expire(written, NOTHING, seen)
    assert.deepStrictEqual([ledger(doubted).dropped, ledger(doubted).queued], [{}, 10])
    const one = settle(doubted, [frame(1, 3)], delivered(3), 5)
    assert.deepStrictEqual([ledger(one).delivered, ledger(one).queued], [3, 7])
    assert.isTrue(isOverdue(one, 15_000))
    const ended = endDoubt(one, REASON)
    assert.deepStrictEqual([ledger(ended).delivered, ledger(ended).dropped], [3, { expired: 7 }])
    assert.strictEqual(settle(ended, [frame(2, 3)], delivered(3), 5), ended)
  })

  it("is dropped for its own reason, whatever else is in doubt", () => {
    const behind = giveUp(newAccount(0), ONE_TO_4, { ...nowhere, delivered: 2 })
    const further = advance(behind, 6, { spans: 11, bytes: 20, lost: {} })
    const doubted = expire(further, NOTHING, { through: 6, delivered: 6, now: 0 })
    assert.deepStrictEqual([doubted.released, ledger(doubted).queued], [6, 14])
    const ended = endDoubt(settle(doubted, [frame(6, 6)], delivered(6), 7), REASON)
    assert.deepStrictEqual([ledger(ended).delivered, ledger(ended).queued], [6, 0])
    const { expired = 0, destination_behind = 0 } = ledger(ended).dropped
    assert.strictEqual(expired + destination_behind, 12)
    // Frames of which nobody took any do not come into doubt.
    const certain = expire(further, NOTHING, { through: 6, delivered: 4, now: 0 })
    assert.deepStrictEqual([ledger(certain).dropped["expired"], certain.inDoubt?.spans], [11, 3])
    assert.strictEqual(settle(certain, [frame(6, 6)], delivered(6), 7), certain)
    assert.strictEqual(settle(certain, [frame(2, 2)], delivered(2), 7).delivered, 2)
  })

  it("waits for another look where others have gone on", () => {
    assert.strictEqual(expire(written, NOTHING, { ...seen, through: 3 }), written)
  })
})

/** One consumer of a stream, with exporters that take, settle, settle late and die, and others that make room. */
const Step = Schema.Union([
  Schema.Struct({
    do: Schema.Literal("publish"),
    spans: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 })),
    lost: Schema.Boolean
  }),
  Schema.Struct({
    do: Schema.Literals([
      "take",
      "takeAgain",
      "settle",
      "look",
      "giveUp",
      "endDoubt",
      "reclaim",
      "write",
      "age",
      "lookEmpty",
      "expire"
    ]),
    count: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 }))
  })
])

interface Look {
  readonly oldest: ReadonlyArray<OldMessage>
  readonly at: GivingUp
}

const world = () => {
  const published: Array<OldMessage> = []
  const acknowledged = new Set<number>()
  const inHand: Array<OldMessage> = []
  const looks: Array<Look> = []
  const emptied: Array<Emptied> = []
  let account = newAccount(0)
  let first = 1
  let taken = 0
  let sent = 0

  const isFrame = (message: OldMessage) => message.loss === undefined
  const inStream = ({ sequence }: OldMessage) => sequence >= first
  const floor = () => {
    const open = published.filter((each) => isFrame(each) && each.sequence >= first && !acknowledged.has(each.sequence))
    return (open[0]?.sequence ?? published.length + 1) - 1
  }
  const beyond = (through = published.length) =>
    published.reduce(
      (totals, { bytes, loss, sequence, spans }) =>
        sequence <= account.through || sequence > through
          ? totals
          : {
              spans: totals.spans + spans,
              bytes: totals.bytes + bytes,
              lost: { queue_full: (totals.lost.queue_full ?? 0) + (loss?.spans ?? 0) }
            },
      { spans: 0, bytes: 0, lost: {} as { queue_full?: number } }
    )

  const write = () => {
    account = advance(account, published.length, beyond())
  }

  return {
    publish: (spans: number, lost: boolean) =>
      published.push(lost ? loss(published.length + 1, spans) : old(published.length + 1, spans)),
    take: (count: number) => {
      const there = published.filter((each) => isFrame(each) && each.sequence > taken && each.sequence >= first)
      const some = there.slice(0, count)
      taken = some.at(-1)?.sequence ?? taken
      inHand.push(...some)
    },
    /** Who had them was frozen, and has them still. */
    takeAgain: (count: number) => inHand.push(...inHand.slice(0, count)),
    settle: (count: number) => {
      // Nobody has a frame twice.
      const twice = inHand.findIndex((each, at) => inHand.indexOf(each) < at)
      const frames = inHand.splice(0, twice < 0 ? count : Math.min(count, twice))
      const spans = frames.reduce((sum, each) => sum + each.spans, 0)
      sent += spans
      account = settle(
        account,
        frames.map(({ sequence, spans }) => frame(sequence, spans)),
        delivered(spans),
        first
      )
      for (const { sequence } of frames) acknowledged.add(sequence)
      if (count > 1) write()
    },
    look: (count: number) =>
      looks.push({
        oldest: published.filter(({ sequence }) => sequence >= first).slice(0, count),
        at: { settled: floor(), delivered: inHand.some(inStream) ? taken : 0, reason: REASON, now: 0 }
      }),
    /** By what was seen some time ago. */
    giveUp: () => {
      const look = looks.shift()
      if (look !== undefined) account = giveUp(account, look.oldest, look.at)
    },
    endDoubt: () => {
      account = endDoubt(account, REASON)
    },
    reclaim: () => {
      first = Math.max(first, Math.min(Math.max(floor(), account.released ?? 0), account.through) + 1)
    },
    write,
    /** The oldest go, whoever has them; accounts are written down long before. */
    age: (count: number) => {
      write()
      first = Math.min(published.length + 1, first + count)
    },
    lookEmpty: () => {
      const through = published.length
      if (floor() >= through) emptied.push({ through, delivered: taken, now: 0 })
    },
    /** By what was seen some time ago. */
    expire: () => {
      const seen = emptied.shift()
      if (seen !== undefined) account = expire(account, beyond(seen.through), seen)
    },
    check: () => {
      const now = ledgerOf(account, beyond(), undefined)
      const all = published.reduce((sum, { loss, spans }) => sum + spans + (loss?.spans ?? 0), 0)
      assertBalanced(now)
      assert.strictEqual(now.captured, all)
      assert.isAtMost(now.delivered, sent)
      assert.isAtLeast(now.queued, account.inDoubt?.spans ?? 0)
      return now
    },
    holds: () => inHand.length,
    count: () => published.length
  }
}

it.prop(
  "whoever gives up, settles late or dies in between, each span is counted once",
  { steps: Schema.Array(Step).check(Schema.isMinLength(20), Schema.isMaxLength(60)) },
  ({ steps }) => {
    const one = world()
    for (const step of steps) {
      if (step.do === "publish") one.publish(step.spans, step.lost)
      else one[step.do](step.count)
      one.check()
    }
    // In the end everything is either settled or given up.
    while (one.holds() > 0) one.settle(4)
    one.endDoubt()
    one.look(one.count())
    for (const _ of steps) one.giveUp()
    one.giveUp()
    one.endDoubt()
    one.age(one.count())
    one.lookEmpty()
    for (const _ of steps) one.expire()
    one.expire()
    one.endDoubt()
    assert.strictEqual(one.check().queued, 0)
  },
  { arbitrary: { runs: 1500 } }
)

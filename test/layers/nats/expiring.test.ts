import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { durableName } from "../../../src/layers/nats/consumerNames.ts"
import { makeFramePull } from "../../../src/layers/nats/FramePull.ts"
import { behindReason, endDoubt } from "../../../src/layers/nats/givingUp.ts"
import { endDoubts } from "../../../src/layers/nats/makeRoom.ts"
import { delivered } from "../../contracts/disposition.ts"
import { frameOf } from "../../contracts/traceBus.ts"
import { balanced, exporter } from "./exporters.ts"
import { natsServer } from "./server.ts"
import { until } from "./until.ts"

const ALL = 1_000_000
const NAME = "destination:x"

/** What is older than a second goes from its stream. */
const short = { maxAgeMs: 1000 }

/** Waits until the stream has let go of all that was in it. */
const aged = ({ stream }: Effect.Success<ReturnType<typeof exporter>>) =>
  until(Effect.map(stream, ({ state }) => state.messages === 0))

describe("what grows too old in an exporter's hands", () => {
  it.live("stays queued, and counts once as what becomes of it, whoever looks meanwhile", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const [a, b] = [yield* exporter(url, short), yield* exporter(url, short)]
      const [one, other] = [yield* a.subscribe(NAME), yield* b.subscribe(NAME)]
      for (const spans of [3, 4]) yield* a.bus.publish(frameOf(spans))
      const frames = yield* one.take(ALL)
      assert.strictEqual(frames.length, 2)
      yield* aged(a)
      for (const subscription of [other, one, other]) {
        const { captured, dropped, queued } = yield* balanced(subscription)
        assert.deepStrictEqual([captured, dropped, queued], [7, {}, 7])
      }
      yield* a.bus.publish(frameOf(5))
      const [fresh] = yield* other.take(ALL)
      yield* other.acknowledge(fresh?.sequence ?? 0, delivered(5))

      yield* one.acknowledge(frames[0]?.sequence ?? 0, delivered(3))
      assert.deepStrictEqual((yield* balanced(other)).delivered, 8)
      yield* one.acknowledge(frames[1]?.sequence ?? 0, { ...delivered(3), rejected: 1 })
      for (const subscription of [one, other]) {
        const { captured, delivered, dropped, queued, rejected } = yield* balanced(subscription)
        assert.deepStrictEqual([captured, delivered, rejected, dropped, queued], [12, 11, 1, {}, 0])
      }
    })
  )

  it.effect("is expired when nobody has said for a while that he has it", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const one = yield* exporter(url, short)
      const looking = yield* one.subscribe(NAME)
      for (const spans of [3, 4]) yield* one.bus.publish(frameOf(spans))
      // Whoever got these never says a word again.
      let taken = 0
      yield* Effect.scoped(
        Effect.flatMap(
          makeFramePull(one.link, durableName(NAME), () => void (taken += 1)),
          (pull) => pull(2, ALL, false)
        )
      )
      assert.strictEqual(taken, 2)
      yield* TestClock.withLive(aged(one))
      const doubted = yield* balanced(looking)
      assert.deepStrictEqual([doubted.queued, doubted.dropped], [7, {}])

      yield* TestClock.adjust("14 seconds")
      yield* endDoubts(one.link, one.book)
      assert.strictEqual((yield* balanced(looking)).queued, 7)
      yield* TestClock.adjust("1 second")
      yield* endDoubts(one.link, one.book)
      const { captured, dropped, queued } = yield* balanced(looking)
      assert.deepStrictEqual([captured, queued, dropped], [7, 0, { expired: 7 }])
    })
  )

  it.live("is not counted when it arrives after it was counted as expired", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const one = yield* exporter(url, short)
      const frozen = yield* one.subscribe(NAME)
      for (const spans of [3, 4]) yield* one.bus.publish(frameOf(spans))
      const frames = yield* frozen.take(ALL)
      yield* aged(one)
      assert.strictEqual((yield* balanced(frozen)).queued, 7)
      yield* one.book.update(durableName(NAME), (account) => endDoubt(account, behindReason(NAME)))
      yield* frozen.acknowledge(frames.at(-1)?.sequence ?? 0, delivered(7))
      const { captured, delivered: arrived, dropped, queued } = yield* balanced(frozen)
      assert.deepStrictEqual([captured, arrived, queued, dropped], [7, 0, 0, { expired: 7 }])
    })
  )
})

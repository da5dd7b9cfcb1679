import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { makeBusLedgers } from "../../../src/layers/nats/BusLedgers.ts"
import { durableName } from "../../../src/layers/nats/consumerNames.ts"
import { reclaim, survey } from "../../../src/layers/nats/reclaim.ts"
import { STREAM } from "../../../src/layers/nats/traceStream.ts"
import { delivered } from "../../contracts/disposition.ts"
import { frameOf } from "../../contracts/traceBus.ts"
import { balanced, exporter } from "./exporters.ts"
import { natsServer } from "./server.ts"

const ALL = 1_000_000
const NAME = "destination:x"

type Exporter = Effect.Success<ReturnType<typeof exporter>>

/** Deletes the stream under an exporter that waits for frames, which makes it anew and subscribes again. */
const replace = Effect.fnUntraced(function* ({ bus, link, subscribe }: Exporter) {
  const life = yield* Scope.make()
  const before = yield* Scope.provide(bus.subscribe(NAME), life)
  // It has seen what is there.
  yield* before.ledger
  yield* link.use(async (connection) => (await connection.jetstreamManager()).streams.delete(STREAM))
  yield* Effect.flip(before.take(ALL))
  yield* Scope.close(life, Exit.void)
  return yield* subscribe(NAME)
})

describe("a stream that is deleted and made anew under running exporters", () => {
  it.live("is not taken for the old one by whoever has frames of that in hand", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const [a, b] = [yield* exporter(url), yield* exporter(url)]
      const old = yield* b.subscribe(NAME)
      for (const spans of [1, 2, 3]) yield* b.bus.publish(frameOf(spans))
      const held = yield* old.take(ALL)
      assert.strictEqual(held.length, 3)
      assert.strictEqual((yield* balanced(old)).queued, 6)

      const anew = yield* replace(a)
      for (const spans of [4, 5, 6]) yield* a.bus.publish(frameOf(spans))
      const late = yield* Effect.flip(old.acknowledge(held.at(-1)?.sequence ?? 0, delivered(6)))
      assert.strictEqual(late._tag, "BusUnavailable")
      assert.strictEqual((yield* Effect.flip(old.take(ALL)))._tag, "BusUnavailable")
      const frames = yield* anew.take(ALL)
      assert.deepStrictEqual(
        frames.map(({ spans }) => spans),
        [4, 5, 6]
      )
      yield* anew.acknowledge(frames.at(-1)?.sequence ?? 0, delivered(15))
      const now = yield* balanced(anew)
      // The old ones are nowhere, and nobody can say so yet.
      assert.deepStrictEqual([now.captured, now.delivered, now.queued], [21, 15, 6])
    })
  )

  it.live("is not counted by what an exporter remembers of the old one", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const [a, b] = [yield* exporter(url), yield* exporter(url)]
      const life = yield* Scope.make()
      const old = yield* Scope.provide(b.bus.subscribe(NAME), life)
      for (const spans of [1, 2, 3]) yield* b.bus.publish(frameOf(spans))
      yield* old.ledger
      const ledgers = yield* makeBusLedgers(b.link, b.book)
      assert.strictEqual((yield* ledgers).ledgers.get(NAME)?.captured, 6)

      const anew = yield* replace(a)
      yield* Effect.flip(old.ledger)
      yield* Scope.close(life, Exit.void)
      yield* a.bus.publish(frameOf(4))
      const again = yield* b.subscribe(NAME)
      assert.strictEqual((yield* ledgers).ledgers.get(NAME)?.captured, 10)
      for (const subscription of [anew, again]) {
        const { captured, delivered, queued } = yield* balanced(subscription)
        assert.deepStrictEqual([captured, delivered, queued], [10, 0, 10])
      }
      const [frame] = yield* again.take(ALL)
      yield* again.acknowledge(frame?.sequence ?? 0, delivered(4))
      const { captured, queued } = yield* balanced(again)
      assert.deepStrictEqual([captured, queued], [10, 6])
    })
  )

  // No clock runs: what is removed is removed here.
  it.effect("keeps its own by what was seen of the old one", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const one = yield* exporter(url)
      const life = yield* Scope.make()
      const before = yield* Scope.provide(one.bus.subscribe(NAME), life)
      for (const spans of [1, 2, 3]) yield* one.bus.publish(frameOf(spans))
      yield* before.ledger
      const frames = yield* before.take(ALL)
      yield* before.acknowledge(frames.at(-1)?.sequence ?? 0, delivered(6))
      const seen = yield* survey(one.link, one.book, [])
      assert.deepStrictEqual(
        seen.readers?.map(({ settled, through }) => [settled, through]),
        [[3, 3]]
      )
      yield* Scope.close(life, Exit.void)
      yield* replace(one)
      for (const spans of [4, 5]) yield* one.bus.publish(frameOf(spans))
      yield* reclaim(one.link, seen)
      assert.strictEqual((yield* one.stream).state.messages, 2)
    })
  )

  it.effect("loses nothing while an account is still of another", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const one = yield* exporter(url)
      const only = yield* one.subscribe(NAME)
      yield* one.bus.publish(frameOf(1))
      yield* only.ledger
      const [frame] = yield* only.take(ALL)
      yield* only.acknowledge(frame?.sequence ?? 0, delivered(1))
      assert.isDefined((yield* survey(one.link, one.book, [])).readers)
      yield* one.book.update(durableName(NAME), (account) => ({ ...account, stream: "another" }))
      assert.isUndefined((yield* survey(one.link, one.book, [])).readers)
    })
  )
})

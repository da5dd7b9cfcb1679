import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { configuration, configure, destination } from "./kit/configuration.ts"
import { type Completed, load } from "./kit/Load.ts"
import { serving } from "./kit/Program.ts"
import { temporaryDirectory } from "./kit/temporaryDirectory.ts"
import { assertRepeatsAgree, untilTraces } from "./kit/traces.ts"
import { world } from "./kit/world.ts"

const RATE = 250
/** Requests completed before the kill: some two and a half seconds of them. */
const COMPLETED = 600

it.live("kill -9 under load, twice: every answer that was whole a second before has its trace after the restart", () =>
  Effect.gen(function* () {
    const provider = yield* FakeProvider
    const middleware = yield* FakeMiddleware
    const directory = yield* temporaryDirectory
    configure(directory, configuration({ provider: provider.origin, destinations: [destination(middleware)] }))
    const kept: Array<Completed> = []
    for (const round of [1, 2]) {
      const gateway = yield* serving({ directory })
      // The second time there is a spool full of undelivered traces as well.
      if (round === 2) middleware.always({ status: 503 })
      const { completed, stop, untilCompleted } = yield* load({ url: gateway.url, rate: RATE, concurrency: 100 })
      yield* untilCompleted(COMPLETED)
      const killed = performance.now()
      gateway.signal("SIGKILL")
      assert.deepStrictEqual(yield* gateway.ended, { code: null, signal: "SIGKILL" })
      yield* stop
      kept.push(...completed.filter(({ end }) => end < killed - 1000))
    }
    assert.isAbove(kept.length, COMPLETED)
    assert.isTrue(kept.every(({ status }) => status === 200))
    assert.isTrue(kept.some(({ stream }) => stream) && kept.some(({ stream }) => !stream))

    middleware.always({})
    yield* serving({ directory })
    yield* untilTraces(kept.map(({ traceId }) => traceId))
    for (const { stream, traceId } of kept) {
      const spans = yield* middleware.untilTrace(traceId, stream ? 5 : 4)
      assert.strictEqual(spans.length, stream ? 5 : 4)
    }
    assertRepeatsAgree(middleware.payloads())
  }).pipe(Effect.provide(world))
)

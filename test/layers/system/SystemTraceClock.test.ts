import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { layer, makeTraceClock } from "../../../src/layers/system/SystemTraceClock.ts"
import { TraceClock } from "../../../src/services/trace/TraceClock.ts"

const ORIGIN = 1_700_000_000_000.25

/** Clocks set by hand; `pauses` are milliseconds lost before each further look at the wall clock. */
const clocks = (pauses: Array<number> = []) => {
  let passed = 0
  let stepped = 0
  return {
    pauses,
    pass: (ms: number) => {
      passed += ms
    },
    step: (ms: number) => {
      stepped += ms
    },
    clock: makeTraceClock(
      () => passed,
      () => {
        const wall = Math.floor(ORIGIN + passed + stepped)
        passed += pauses.shift() ?? 0
        return wall
      },
      ORIGIN
    )
  }
}

describe("SystemTraceClock", () => {
  it("keeps its base while the wall clock ticks", () => {
    const { clock, pass } = clocks()
    for (let i = 0; i < 10_000; i++) {
      pass(0.37)
      assert.strictEqual(clock.wallBase(), ORIGIN)
    }
    assert.closeTo(clock.now(), 3700, 0.01)
  })

  it.each([-3_600_000, -25, 25, 3_600_000])("follows a step of %d ms at the next look", (ms) => {
    const { clock, pass, step } = clocks()
    pass(1000.5)
    step(ms)
    assert.closeTo(clock.wallBase(), ORIGIN + ms, 1)
    const moved = clock.wallBase()
    pass(5000)
    assert.strictEqual(clock.wallBase(), moved)
  })

  it("does not take a pause of the thread between two readings for a step", () => {
    const { clock } = clocks([500])
    assert.strictEqual(clock.wallBase(), ORIGIN)
  })

  it("measures a step right though the thread pauses while it does", () => {
    const { clock, step } = clocks([0, 300, 0, 40])
    step(10_000)
    assert.closeTo(clock.wallBase(), ORIGIN + 10_000, 1)
  })

  it.effect("tells the machine's time", () =>
    Effect.gen(function* () {
      const clock = yield* TraceClock
      const before = Date.now()
      const dated = clock.wallBase() + clock.now()
      assert.isAtLeast(dated, before - 20)
      assert.isAtMost(dated, Date.now() + 20)
    }).pipe(Effect.provide(layer))
  )
})

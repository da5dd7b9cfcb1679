import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { countsAgainstHealth, TargetHistory } from "../../../src/services/gateway/TargetHistory.ts"

const MINUTE = 60_000

describe("TargetHistory", () => {
  it("is unhealthy from the second failure within two minutes on", () => {
    const history = new TargetHistory()
    assert.isTrue(history.healthy(0))
    history.failed(0)
    assert.isTrue(history.healthy(0))
    history.failed(MINUTE)
    assert.isFalse(history.healthy(MINUTE))
    assert.isFalse(history.healthy(2 * MINUTE))
    assert.isTrue(history.healthy(2 * MINUTE + 1))
  })

  it("stays unhealthy while it keeps failing", () => {
    const history = new TargetHistory()
    for (let now = 0; now < 10 * MINUTE; now += MINUTE) history.failed(now)
    assert.isFalse(history.healthy(10 * MINUTE))
    assert.isTrue(history.healthy(10 * MINUTE + 1))
  })

  it("stays healthy when failures are far apart", () => {
    const history = new TargetHistory()
    for (let now = 0; now < 30 * MINUTE; now += 3 * MINUTE) {
      history.failed(now)
      assert.isTrue(history.healthy(now))
    }
  })

  it("is healthy again after one success", () => {
    const history = new TargetHistory()
    history.failed(0)
    history.failed(1)
    history.succeeded(2, false, 10)
    assert.isTrue(history.healthy(2))
    history.failed(3)
    assert.isTrue(history.healthy(3))
  })

  it("knows a latency from three samples on, streams apart from whole answers", () => {
    const history = new TargetHistory()
    history.succeeded(0, true, 100)
    history.succeeded(0, true, 200)
    assert.strictEqual(history.latency(0, true), 0)
    history.succeeded(0, true, 300)
    assert.strictEqual(history.latency(0, true), 200)
    assert.strictEqual(history.latency(0, false), 0)
  })

  it("forgets samples after twenty minutes", () => {
    const history = new TargetHistory()
    for (const millis of [100, 200, 300]) history.succeeded(0, false, millis)
    assert.strictEqual(history.latency(20 * MINUTE, false), 200)
    assert.strictEqual(history.latency(20 * MINUTE + 1, false), 0)
  })

  it.prop(
    "averages the last hundred samples",
    {
      samples: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000 }))).check(
        Schema.isMinLength(3),
        Schema.isMaxLength(250)
      )
    },
    ({ samples }) => {
      const history = new TargetHistory()
      for (const sample of samples) history.succeeded(0, false, sample)
      const last = samples.slice(-100)
      assert.closeTo(history.latency(0, false), last.reduce((sum, each) => sum + each, 0) / last.length, 1e-6)
    }
  )

  it("counts against a target what the request is not to blame for", () => {
    const against = [400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 503, 529].filter(countsAgainstHealth)
    assert.deepStrictEqual(against, [401, 403, 429, 500, 503, 529])
  })
})

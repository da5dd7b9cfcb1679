import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { LoginLimiter } from "../../../src/services/api/LoginLimiter.ts"

const failing = (address: string, times: number) =>
  Effect.gen(function* () {
    const limiter = yield* LoginLimiter
    for (let i = 0; i < times; i++) yield* limiter.failed(address)
    return yield* limiter.waitOf(address)
  })

describe("failed sign-ins", () => {
  it.effect("ten in a minute are the most, and a minute later it may go on", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* failing("10.0.0.1", 9), 0)
      assert.strictEqual(yield* failing("10.0.0.1", 1), 60)
      yield* TestClock.adjust("59 seconds")
      const limiter = yield* LoginLimiter
      assert.strictEqual(yield* limiter.waitOf("10.0.0.1"), 1)
      assert.strictEqual(yield* limiter.waitOf("10.0.0.2"), 0)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* limiter.waitOf("10.0.0.1"), 0)
    }).pipe(Effect.provide(LoginLimiter.layer))
  )

  it.effect("shut nobody out for longer when the clock is put back", () =>
    Effect.gen(function* () {
      const limiter = yield* LoginLimiter
      yield* TestClock.setTime(Date.UTC(2030, 0))
      yield* failing("10.0.0.1", 10)
      yield* TestClock.setTime(Date.UTC(2026, 0))
      assert.strictEqual(yield* limiter.waitOf("10.0.0.1"), 60)
      yield* TestClock.adjust("60 seconds")
      assert.strictEqual(yield* limiter.waitOf("10.0.0.1"), 0)
    }).pipe(Effect.provide(LoginLimiter.layer))
  )

  it.effect("count by network in IPv6", () =>
    Effect.gen(function* () {
      yield* failing("2001:db8:1:2::1", 10)
      const limiter = yield* LoginLimiter
      assert.isAbove(yield* limiter.waitOf("2001:db8:1:2:3::9"), 0)
      assert.strictEqual(yield* limiter.waitOf("2001:db8:1:3::1"), 0)
    }).pipe(Effect.provide(LoginLimiter.layer))
  )

  it.effect("count by network in IPv6 also where zeros are left out", () =>
    Effect.gen(function* () {
      yield* failing("2001:db8::1", 5)
      assert.isAbove(yield* failing("2001:db8::2:1", 5), 0)
      const limiter = yield* LoginLimiter
      assert.isAbove(yield* limiter.waitOf("2001:db8::1:2:3:4"), 0)
      assert.isAbove(yield* limiter.waitOf("2001:db8:0:0:9::"), 0)
      assert.strictEqual(yield* limiter.waitOf("2001:db8:0:1::1"), 0)
      assert.strictEqual(yield* limiter.waitOf("fe80::1%eth0"), 0)
      yield* failing("::ffff:10.0.0.7", 10)
      assert.isAbove(yield* limiter.waitOf("10.0.0.7"), 0)
      assert.strictEqual(yield* limiter.waitOf("::ffff:10.0.0.8"), 0)
    }).pipe(Effect.provide(LoginLimiter.layer))
  )

  it.effect("are forgotten, oldest first, when there are too many addresses", () =>
    Effect.gen(function* () {
      yield* failing("first", 10)
      yield* failing("second", 10)
      const limiter = yield* LoginLimiter
      for (let i = 0; i < 9_999; i++) yield* limiter.failed(`10.1.${i}`)
      assert.strictEqual(yield* limiter.waitOf("first"), 0)
      assert.isAbove(yield* limiter.waitOf("second"), 0)
    }).pipe(Effect.provide(LoginLimiter.layer))
  )
})

import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { layer, makeIdGenerator } from "../../../src/layers/system/SystemIdGenerator.ts"
import { IdGenerator } from "../../../src/services/trace/IdGenerator.ts"

describe("SystemIdGenerator", () => {
  it.effect("gives ids of the right shape, none twice, over many pools", () =>
    Effect.gen(function* () {
      const ids = yield* IdGenerator
      const seen = new Set<string>()
      for (let i = 0; i < 20_000; i++) {
        const traceId = ids.traceId()
        const spanId = ids.spanId()
        assert.match(traceId, /^[0-9a-f]{32}$/)
        assert.match(spanId, /^[0-9a-f]{16}$/)
        seen.add(traceId).add(spanId)
      }
      assert.strictEqual(seen.size, 40_000)
    }).pipe(Effect.provide(layer))
  )

  it("uses every random byte once, in order", () => {
    let next = 0
    const ids = makeIdGenerator((pool) => {
      for (let i = 0; i < pool.length; i++) pool[i] = ++next % 251
    })
    let digits = ""
    for (let i = 0; i < 300; i++) digits += ids.traceId() + ids.spanId()
    const expected = Array.from({ length: 300 * 24 }, (_, i) => ((i + 1) % 251).toString(16).padStart(2, "0")).join("")
    assert.strictEqual(digits, expected)
  })

  it("passes over a trace id of zeros and a span id whose first twelve digits are zeros", () => {
    // Three trace ids of zeros, then a one in the last place; span ids of zeros, of zeros with a low end, and a good one.
    const trace = makeIdGenerator((pool) => pool.fill(0).writeUInt8(1, 63))
    assert.strictEqual(trace.traceId(), `${"0".repeat(31)}1`)
    const span = makeIdGenerator((pool) => {
      pool.fill(0)
      pool.writeUInt16BE(0xffff, 14)
      pool.writeUInt8(1, 21)
    })
    assert.strictEqual(span.spanId(), "0000000000010000")
  })

  it("asks for new bytes only when the pool is spent", () => {
    let fills = 0
    const ids = makeIdGenerator((pool) => {
      fills += 1
      pool.fill(7)
    })
    for (let i = 0; i < 512; i++) ids.traceId()
    assert.strictEqual(fills, 1)
    ids.spanId()
    assert.strictEqual(fills, 2)
  })
})

import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import type { SamplingPolicy } from "../../../src/services/config/CompiledConfig.ts"
import { isExported } from "../../../src/services/trace/sampling.ts"

const policy = (over: Partial<SamplingPolicy> = {}): SamplingPolicy => ({
  parent: "respect",
  unsampledRate: 0,
  remoteParent: "parent",
  ...over
})

const traceId = Schema.String.check(Schema.isPattern(/^[0-9a-f]{32}$/))
const rate = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const parentSpanId = "00f067aa0ba902b7"
const unsampled = (id: string) => ({ traceId: id, parentSpanId, flags: 0x02 })

describe("isExported", () => {
  it.prop("with `ignore` lets every trace out", { traceId }, ({ traceId }) => {
    assert.isTrue(isExported(unsampled(traceId), policy({ parent: "ignore" })))
  })

  it.prop("lets out what its caller sampled, and what has no caller", { traceId }, ({ traceId }) => {
    assert.isTrue(isExported({ traceId, parentSpanId, flags: 1 }, policy()))
    assert.isTrue(isExported({ traceId, parentSpanId, flags: 3 }, policy()))
    assert.isTrue(isExported({ traceId, flags: 0 }, policy()))
  })

  it.prop("lets out nothing else at a rate of 0, and everything at 1", { traceId }, ({ traceId }) => {
    assert.isFalse(isExported(unsampled(traceId), policy()))
    assert.isTrue(isExported(unsampled(traceId), policy({ unsampledRate: 1 })))
  })

  for (const id of ["f".repeat(32), `${"0".repeat(18)}${"f".repeat(14)}`, `${"0".repeat(31)}1`]) {
    it(`keeps to 0 and 1 for ${id}`, () => {
      assert.isFalse(isExported(unsampled(id), policy()))
      assert.isTrue(isExported(unsampled(id), policy({ unsampledRate: 1 })))
    })
  }

  it.prop("a higher rate adds traces and takes none away", { traceId, a: rate, b: rate }, ({ a, b, traceId }) => {
    const at = (unsampledRate: number) => isExported(unsampled(traceId), policy({ unsampledRate }))
    if (at(Math.min(a, b))) assert.isTrue(at(Math.max(a, b)))
  })

  it.prop(
    "the highest random values are the share, as OpenTelemetry has it",
    { traceId, rate },
    ({ rate, traceId }) => {
      const random = BigInt(`0x${traceId.slice(-14)}`)
      const threshold = BigInt(Math.ceil((1 - rate) * 2 ** 52)) << 4n
      assert.strictEqual(isExported(unsampled(traceId), policy({ unsampledRate: rate })), random >= threshold)
    }
  )

  it("a rate of 0.1 is a tenth of random ids", () => {
    // Steps of the golden ratio spread evenly over 52 bits.
    const ids = Array.from({ length: 10_000 }, (_, index) =>
      ((BigInt(index + 1) * 0x9e3779b97f4a7c15n) % 2n ** 64n).toString(16).padStart(16, "0").padStart(32, "1")
    )
    const kept = ids.filter((id) => isExported(unsampled(id), policy({ unsampledRate: 0.1 }))).length
    assert.approximately(kept, 1000, 30)
  })
})

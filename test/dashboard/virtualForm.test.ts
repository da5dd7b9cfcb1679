import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { retrySummary } from "../../src/dashboard/pages/models/TargetFields.tsx"
import { blankTarget, blankVirtual, shares, virtualSpec } from "../../src/dashboard/pages/models/virtualForm.ts"
import { VirtualModel } from "../../src/services/config/GatewayConfig.ts"

const { check, read, write } = virtualSpec

const stored = {
  name: "prod/chat",
  routing: {
    type: "weight",
    targets: [
      { model: "a/x", weight: 70, retry: { attempts: 0, delayMs: 5, onStatusCodes: [429, 500] } },
      { model: "b/y", weight: 0, fallbackStatusCodes: [], colour: "blue" },
      { model: "b/z", priority: 3 }
    ]
  },
  shape: "round"
}

const withTarget = (changes: Partial<ReturnType<typeof blankTarget>>) => ({
  ...blankVirtual("a/x"),
  name: "p/q",
  targets: [{ ...blankTarget("a/x"), ...changes }]
})

describe("virtual model form", () => {
  it("gives back what was stored, fields that it does not show included", () => {
    assert.deepStrictEqual(write(read(stored)), stored)
  })

  it("what is empty is at its default", () => {
    assert.deepStrictEqual(write(withTarget({})), {
      name: "p/q",
      routing: { type: "weight", targets: [{ model: "a/x" }] }
    })
  })

  it("no codes and the default codes are two things", () => {
    const { routing } = Schema.decodeUnknownSync(VirtualModel)(write(withTarget({ fallbackStatusCodes: "none" })))
    assert.deepStrictEqual(routing.targets[0]?.fallbackStatusCodes, [])
    assert.deepStrictEqual(
      read(write(withTarget({ fallbackStatusCodes: " none " }))).targets[0]?.fallbackStatusCodes,
      "none"
    )
  })

  it("what is no code goes as it is, for the API to say so", () => {
    const { routing } = write(withTarget({ onStatusCodes: "429 5xx,," })) as typeof stored
    assert.deepStrictEqual(routing.targets[0]?.retry?.onStatusCodes as ReadonlyArray<unknown>, [429, "5xx"])
  })

  it("shares add up as they are typed, an empty weight is 1", () => {
    const targets = ["3", "", "0"].map((weight) => ({ ...blankTarget("a/x"), weight }))
    assert.deepStrictEqual(shares({ type: "weight", targets }), [75, 25, 0])
    assert.deepStrictEqual(shares({ type: "latency", targets }), [undefined, undefined, undefined])
    assert.deepStrictEqual(shares({ type: "weight", targets: [{ ...blankTarget("a/x"), weight: "0" }] }), [undefined])
  })

  it("says what is missing", () => {
    assert.hasAllKeys(check({ ...blankVirtual(""), name: "chat" }), ["name", "routing.targets[0].model"])
    assert.hasAllKeys(check({ ...blankVirtual("a/x"), name: "p/q", targets: [] }), ["routing.targets"])
  })

  it("tells retries in words", () => {
    assert.strictEqual(retrySummary(blankTarget("a/x"), false), "2 retries, then the next target")
    assert.strictEqual(retrySummary({ ...blankTarget("a/x"), attempts: "1" }, true), "1 retry")
    assert.strictEqual(
      retrySummary({ ...blankTarget("a/x"), attempts: "0", fallbackStatusCodes: "none" }, false),
      "No retry, no fallback"
    )
  })
})

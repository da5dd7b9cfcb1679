import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import type { Account, Route, RouteTarget } from "../../../src/services/config/CompiledConfig.ts"
import { orderTargets } from "../../../src/services/gateway/orderTargets.ts"

const account: Account = {
  name: "a",
  type: "openai",
  api: "openai",
  providerName: "openai",
  origin: "http://a.test",
  serverAddress: "a.test",
  serverPort: 80,
  headers: {},
  propagateTrace: false
}

const target = (name: string, weight: number, priority = 0): RouteTarget => ({
  target: { fqn: name, account, modelName: name, modelId: name, paths: {} },
  weight,
  priority,
  retry: { attempts: 0, delayMs: 0, onStatusCodes: new Set() },
  fallbackStatusCodes: new Set()
})

const names = (targets: ReadonlyArray<RouteTarget>) => targets.map((entry) => entry.target.fqn)

/** Park and Miller's generator: the same numbers on every machine. */
const seeded = (seed: number) => {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return (state - 1) / 2_147_483_646
  }
}

const unknown = () => 0

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const some = <S extends Schema.Constraint>(schema: S) =>
  Schema.Array(schema).check(Schema.isMinLength(1), Schema.isMaxLength(6))

describe("orderTargets", () => {
  it.prop(
    "gives every target exactly once, whatever the strategy",
    {
      strategy: Schema.Literals(["direct", "weight", "priority", "latency"]),
      targets: some(Schema.Struct({ weight: between(0, 5), priority: between(0, 3), millis: between(0, 300) })),
      seed: between(1, 1_000_000)
    },
    ({ seed, strategy, targets }) => {
      const entries = targets.map(({ priority, weight }, i) => target(String(i), weight, priority))
      const ordered = orderTargets(
        strategy,
        entries,
        seeded(seed),
        (entry) => targets[Number(entry.target.fqn)]?.millis ?? 0
      )
      assert.sameMembers(names(ordered), names(entries))
      assert.strictEqual(ordered.length, entries.length)
    }
  )

  it.prop(
    "chooses first in proportion to weight, and never a weight of 0 before another",
    { weights: some(between(0, 20)), seed: between(1, 1_000_000) },
    ({ seed, weights }) => {
      const entries = weights.map((weight, i) => target(String(i), weight))
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      const random = seeded(seed)
      const first = weights.map(() => 0)
      const rounds = 2000
      for (let i = 0; i < rounds; i++) {
        const ordered = orderTargets("weight", entries, random, unknown)
        first[Number(ordered[0]?.target.fqn)]!++
        const zero = ordered.findIndex((entry) => entry.weight === 0)
        assert.isTrue(zero === -1 || ordered.slice(zero).every((entry) => entry.weight === 0))
      }
      if (total === 0) return
      for (const [i, weight] of weights.entries()) {
        const share = weight / total
        // Five standard deviations.
        const tolerance = 5 * Math.sqrt((share * (1 - share)) / rounds)
        assert.closeTo((first[i] ?? 0) / rounds, share, tolerance + 1e-9)
      }
    },
    { arbitrary: { runs: 30 } }
  )

  it("draws the second place by weight too", () => {
    const entries = [target("a", 50), target("b", 40), target("c", 10)]
    const random = seeded(7)
    let rounds = 0
    let b = 0
    for (let i = 0; i < 20_000; i++) {
      const [first, second] = names(orderTargets("weight", entries, random, unknown))
      if (first !== "a") continue
      rounds++
      if (second === "b") b++
    }
    assert.closeTo(b / rounds, 0.8, 0.02)
  })

  it("keeps targets of no weight in their order, when there is no other", () => {
    const entries = [target("a", 0), target("b", 0), target("c", 0)]
    assert.deepStrictEqual(names(orderTargets("weight", entries, seeded(1), unknown)), ["a", "b", "c"])
  })

  it("takes both ends of the random numbers", () => {
    const entries = [target("a", 0.1), target("b", 0.2), target("c", 0.3), target("d", 0)]
    for (const number of [0, 1 - Number.EPSILON / 2]) {
      const ordered = names(orderTargets("weight", entries, () => number, unknown))
      assert.strictEqual(ordered.length, 4)
      assert.strictEqual(ordered[3], "d")
    }
  })

  it.prop(
    "orders by priority, and those that share one by weight",
    { priorities: some(between(0, 3)), seed: between(1, 1_000_000) },
    ({ priorities, seed }) => {
      const entries = priorities.map((priority, i) => target(String(i), 1, priority))
      const ordered = orderTargets("priority", entries, seeded(seed), unknown).map((entry) => entry.priority)
      assert.deepStrictEqual(
        ordered,
        [...ordered].sort((a, b) => a - b)
      )
    }
  )

  it("draws among the second-best that share a priority", () => {
    const entries = [target("a", 1, 0), target("b", 90, 5), target("c", 10, 5)]
    const random = seeded(3)
    let b = 0
    for (let i = 0; i < 5000; i++) {
      const [first, second] = names(orderTargets("priority", entries, random, unknown))
      assert.strictEqual(first, "a")
      if (second === "b") b++
    }
    assert.closeTo(b / 5000, 0.9, 0.03)
  })

  it("counts those within a fifth of the fastest, and those not yet known, as equally fast", () => {
    const latency: { readonly [name: string]: number } = { slow: 500, fast: 100, near: 119, far: 121, fresh: 0 }
    const entries = Object.keys(latency).map((name) => target(name, 1))
    const firsts = new Set<string>()
    const random = seeded(11)
    for (let i = 0; i < 300; i++) {
      const ordered = names(orderTargets("latency", entries, random, (entry) => latency[entry.target.fqn] ?? 0))
      firsts.add(ordered[0] ?? "")
      assert.deepStrictEqual(ordered.slice(3), ["far", "slow"])
    }
    assert.sameMembers([...firsts], ["fast", "near", "fresh"])
  })

  it("does not look at weights or priorities of a direct route", () => {
    const entries = [target("a", 0, 9), target("b", 5, 0)]
    const strategy: Route["strategy"] = "direct"
    assert.deepStrictEqual(names(orderTargets(strategy, entries, seeded(1), unknown)), ["a", "b"])
  })
})

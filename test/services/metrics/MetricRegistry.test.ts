import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { MetricRegistry } from "../../../src/services/metrics/MetricRegistry.ts"
import { parseExposition } from "./parseExposition.ts"

const samplesOf = (registry: MetricRegistry, name: string) =>
  parseExposition(registry.render()).find((metric) => metric.name === name)!.samples

describe("MetricRegistry", () => {
  it("renders nothing where nothing is counted", () => {
    assert.strictEqual(new MetricRegistry().render(), "")
  })

  it("renders counters and gauges as Prometheus reads them", () => {
    const registry = new MetricRegistry()
    const requests = registry.counter("requests_total", "Requests.", ["route", "status"])
    requests.labels("chat", "2xx").add()
    requests.labels("chat", "2xx").add(2)
    requests.labels("models", "4xx").add()
    const inFlight = registry.gauge("in_flight", "Being served.").labels()
    inFlight.add()
    inFlight.add(-3)
    assert.strictEqual(
      registry.render(),
      `# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{route="chat",status="2xx"} 3
requests_total{route="models",status="4xx"} 1
# HELP in_flight Being served.
# TYPE in_flight gauge
in_flight -2
`
    )
    inFlight.set(0.25)
    assert.deepStrictEqual(samplesOf(registry, "in_flight")[0]?.value, 0.25)
  })

  it("shows a metric without labels at zero before anything is counted, and one with labels as its head alone", () => {
    const registry = new MetricRegistry()
    registry.counter("a_total", "A.")
    registry.counter("b_total", "B.", ["x"])
    const [a, b] = parseExposition(registry.render())
    assert.deepStrictEqual(
      a?.samples.map(({ value }) => value),
      [0]
    )
    assert.deepStrictEqual(b?.samples, [])
  })

  it("cumulates a histogram's buckets, each holding its bound", () => {
    const registry = new MetricRegistry()
    const duration = registry.histogram("seconds", "Duration.", [0.1, 1, 10], ["route"]).labels("chat")
    for (const value of [0.05, 0.1, 0.5, 10, 11, Number.NaN]) duration.observe(value)
    assert.deepStrictEqual(
      samplesOf(registry, "seconds").map(({ labels, name, value }) => [name, labels["le"], labels["route"], value]),
      [
        ["seconds_bucket", "0.1", "chat", 2],
        ["seconds_bucket", "1", "chat", 3],
        ["seconds_bucket", "10", "chat", 4],
        ["seconds_bucket", "+Inf", "chat", 5],
        ["seconds_sum", undefined, "chat", 21.65],
        ["seconds_count", undefined, "chat", 5]
      ]
    )
  })

  it("reads observed metrics at each rendering", () => {
    const registry = new MetricRegistry()
    let age = 1
    registry.observed("gauge", "age_seconds", "Age.", ["issuer"], () => [[["a"], age]])
    assert.strictEqual(samplesOf(registry, "age_seconds")[0]?.value, 1)
    age = Number.POSITIVE_INFINITY
    assert.strictEqual(samplesOf(registry, "age_seconds")[0]?.value, Number.POSITIVE_INFINITY)
  })

  it("counts label values past the limit as other, and loses none", () => {
    const registry = new MetricRegistry()
    const requests = registry.counter("requests_total", "Requests.", ["model"])
    const early = requests.labels("model-0")
    for (let i = 0; i < 5000; i++) requests.labels(`model-${i}`).add()
    const samples = samplesOf(registry, "requests_total")
    assert.strictEqual(samples.length, 501)
    assert.deepStrictEqual(samples.at(-1), { name: "requests_total", labels: labels({ model: "other" }), value: 4500 })
    assert.strictEqual(requests.labels("model-0"), early)
    assert.strictEqual(early.value, 1)
  })

  it("keeps label values apart that would meet in a joined key", () => {
    const registry = new MetricRegistry()
    const pairs = registry.counter("pairs_total", "Pairs.", ["a", "b"])
    assert.notStrictEqual(pairs.labels("x,y", "z"), pairs.labels("x", "y,z"))
    assert.notStrictEqual(pairs.labels("", "ab"), pairs.labels("ab", ""))
  })

  it.each([
    ["a name with a dash", (r: MetricRegistry) => r.gauge("a-b", "")],
    ["a counter without _total", (r: MetricRegistry) => r.counter("requests", "")],
    ["a reserved label", (r: MetricRegistry) => r.gauge("a", "", ["__name__"])],
    ["a label twice", (r: MetricRegistry) => r.gauge("a", "", ["x", "x"])],
    ["le on a histogram", (r: MetricRegistry) => r.histogram("a", "", [1], ["le"])],
    ["bounds that fall", (r: MetricRegistry) => r.histogram("a", "", [2, 1])],
    ["a bound at infinity", (r: MetricRegistry) => r.histogram("a", "", [1, Number.POSITIVE_INFINITY])],
    ["a name twice", (r: MetricRegistry) => [r.gauge("a", ""), r.counter("a_total", ""), r.gauge("a", "")]]
  ])("refuses %s", (_, make) => {
    assert.throws(() => make(new MetricRegistry()))
  })

  it.prop(
    "whatever the help and the labels hold, the text is valid and reads back the same",
    [Schema.String, Schema.Array(Schema.String).check(Schema.isMaxLength(20))],
    ([help, values]) => {
      const registry = new MetricRegistry()
      const counter = registry.counter("a_total", help, ["x", "y"])
      for (const value of values) counter.labels(value, `${value}\\n"\n`).add()
      const [metric] = parseExposition(registry.render())
      assert.strictEqual(metric?.help, help)
      assert.deepStrictEqual(
        metric?.samples.map(({ labels }) => [labels["x"], labels["y"]]),
        [...new Set(values)].map((value) => [value, `${value}\\n"\n`])
      )
    }
  )

  it.prop(
    "a histogram counts every observation once",
    [
      Schema.Array(Schema.Finite).check(Schema.isMaxLength(50)),
      Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: -1000, maximum: 1000 }))).check(Schema.isMaxLength(8))
    ],
    ([values, someBounds]) => {
      const bounds = [...new Set(someBounds)].sort((a, b) => a - b)
      const registry = new MetricRegistry()
      const histogram = registry.histogram("h", "H.", bounds).labels()
      for (const value of values) histogram.observe(value)
      const buckets = samplesOf(registry, "h").filter(({ name }) => name === "h_bucket")
      assert.deepStrictEqual(
        buckets.map(({ value }) => value),
        [...bounds, Number.POSITIVE_INFINITY].map((bound) => values.filter((value) => value <= bound).length)
      )
    }
  )
})

const labels = (from: { readonly [name: string]: string }) => Object.assign(Object.create(null), from)

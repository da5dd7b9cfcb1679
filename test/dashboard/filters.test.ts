import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { filterFor } from "../../src/dashboard/pages/trace/attributeFilters.ts"
import { lacksKey, moreFilters, readFilters, toQuery } from "../../src/dashboard/pages/traces/filters.ts"
import { TraceFilter } from "../../src/services/store/TraceQuery.ts"

const read = (search: string) => readFilters(new URLSearchParams(search))

describe("filters", () => {
  it("what is unknown, empty or no number is left out", () => {
    assert.deepStrictEqual(read("model=a/b&status=many&range=1y&result=fine&text=+&colour=red&minTokens=10"), {
      model: "a/b",
      minTokens: "10"
    })
  })

  it("what is counted is whole, what is measured need not be", () => {
    assert.deepStrictEqual(read("status=200.5&minTokens=1e99&maxTokens=20&minDurationMs=1.5"), {
      maxTokens: "20",
      minDurationMs: "1.5"
    })
  })

  it("a text that the API would refuse is left out", () => {
    assert.deepStrictEqual(read(`model=${"m".repeat(256)}&subject=${"s".repeat(257)}`), { model: "m".repeat(256) })
  })

  it("a value of metadata without its key is left out: the API would not take it", () => {
    assert.deepStrictEqual(read("metadataValue=prod&model=m"), { model: "m" })
    assert.deepStrictEqual(read("metadataValue=prod&metadataKey=env"), { metadataKey: "env", metadataValue: "prod" })
    assert.isTrue(lacksKey({ metadataValue: "prod", metadataKey: " " }))
    assert.isFalse(lacksKey({ metadataValue: " " }))
  })

  it("the button counts what the bar does not show", () => {
    const filters = read("text=x&result=ok&range=1h&from=1&model=m&metadataKey=env")
    assert.deepStrictEqual(
      moreFilters(filters).map(({ key }) => key),
      ["model", "metadataKey"]
    )
  })

  it("a range moves with the time, and wins over a chosen time", () => {
    assert.deepStrictEqual(toQuery({ range: "1h", from: "5", to: "9", model: "m" }, 4_000_000), {
      from: "400000",
      model: "m"
    })
  })

  it("a chosen time stays", () => {
    assert.deepStrictEqual(toQuery({ from: "5", to: "9" }, 4_000_000), { from: "5", to: "9" })
  })

  it("every filter is one that the API knows", () => {
    const known = new Set(Object.keys(TraceFilter.fields))
    const all = Object.keys(TraceFilter.fields).map((key) => `${key}=${key === "result" ? "ok" : 1}`)
    const query = toQuery(read(all.join("&")), 0)
    assert.sameMembers(Object.keys(query), [...known])
  })

  it.prop("never throws, whatever the URL says", [Schema.String], ([search]) => {
    assert.isObject(read(search))
  })
})

describe("filterFor", () => {
  it("the status is the client's, not a provider's", () => {
    assert.deepStrictEqual(filterFor("http.response.status_code", 429, true), { status: "429" })
    assert.isUndefined(filterFor("http.response.status_code", 429, false))
  })

  it("of a list the first", () => {
    assert.deepStrictEqual(filterFor("gen_ai.response.finish_reasons", ["stop", "length"], false), {
      finishReason: "stop"
    })
    assert.isUndefined(filterFor("gen_ai.response.finish_reasons", [], false))
  })

  it("what the list cannot be narrowed by has none", () => {
    assert.isUndefined(filterFor("client.address", "10.0.0.1", true))
    assert.isUndefined(filterFor("toString", "x", true))
  })
})

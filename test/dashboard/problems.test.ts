import { assert, describe, it } from "@effect/vitest"
import { ApiProblem, readProblem } from "../../src/dashboard/api/ApiProblem.ts"
import { differences } from "../../src/dashboard/components/diff.ts"
import { hasRevision } from "../../src/dashboard/components/hasRevision.ts"
import { placeProblems } from "../../src/dashboard/components/placeProblems.ts"

describe("readProblem", () => {
  it("reads a problem document", () => {
    const problem = readProblem(409, JSON.stringify({ title: "Stale", detail: "look again", current: 7 }))
    assert.deepInclude(problem, { status: 409, message: "look again", current: 7, errors: [] })
  })

  it("says which role would do, where it is one", () => {
    assert.strictEqual(readProblem(403, JSON.stringify({ title: "No", role: "editor" })).role, "editor")
    assert.isUndefined(readProblem(403, JSON.stringify({ title: "No", role: "king" })).role)
  })

  it("a proxy's page still gives a message", () => {
    assert.include(readProblem(502, "<html>Bad gateway</html>").message, "502")
  })
})

describe("placeProblems", () => {
  const problem = (...errors: ReadonlyArray<readonly [string, string]>) =>
    new ApiProblem(
      422,
      "refused",
      errors.map(([path, reason]) => ({ path, reason }))
    )
  const read = (from: ApiProblem) => placeProblems(from, "destination", "mw", ["endpoint", "headers", "resource"])

  it("finds the field, as payload, as configuration or as a test's entry", () => {
    const { fields, others } = read(
      problem(
        ["payload.body.resource", "is no object"],
        ["otel.destinations[mw].headers", "has a name twice"],
        ["destination.endpoint", "is no URL"]
      )
    )
    assert.deepStrictEqual(fields, { endpoint: "is no URL", headers: "has a name twice", resource: "is no object" })
    assert.deepStrictEqual(others, [])
  })

  it("says which part of a field", () => {
    assert.deepStrictEqual(read(problem(["otel.destinations[mw].resource.zone", "is empty"])).fields, {
      resource: "zone is empty"
    })
  })

  it("what is no field of this entry is told beside it", () => {
    const { others } = read(
      problem(
        ["otel.destinations[other].endpoint", "is no URL"],
        ["otel.destinations[mw].colour", "is unknown"],
        ["", "is too large"]
      )
    )
    assert.deepStrictEqual(others, [
      "otel.destinations[other].endpoint is no URL",
      "otel.destinations[mw].colour is unknown",
      "is too large"
    ])
  })

  it("without fields the message is told", () => {
    assert.deepStrictEqual(read(problem()).others, ["refused"])
  })
})

describe("differences", () => {
  it("leaf by leaf, with what came and what went", () => {
    assert.deepStrictEqual(
      differences({ a: 1, b: [1, 2], c: { d: "x" } }, { a: 1, b: [1, 3, 4], e: null }).map(
        ({ path, before, after }) => `${path}: ${before} → ${after}`
      ),
      ["b[1]: 2 → 3", "b[2]: undefined → 4", 'c: {"d":"x"} → undefined', "e: undefined → null"]
    )
  })

  it("a created thing differs as a whole, equal things not at all", () => {
    assert.deepStrictEqual(differences(undefined, { a: 1 }), [{ path: "", before: undefined, after: '{"a":1}' }])
    assert.deepStrictEqual(
      differences({ a: { set: true, lastFour: "abcd" } }, { a: { set: true, lastFour: "abcd" } }),
      []
    )
  })

  it("names of every object's own stay data", () => {
    assert.deepStrictEqual(differences({}, { constructor: 1 }), [
      { path: "constructor", before: undefined, after: "1" }
    ])
  })
})

describe("hasRevision", () => {
  it("the same or a later one; what is no number is not there yet", () => {
    assert.isTrue(hasRevision(12)({ revision: "12" }))
    assert.isTrue(hasRevision(12)({ revision: "13" }))
    assert.isFalse(hasRevision(12)({ revision: "9" }))
    assert.isFalse(hasRevision(12)({ revision: "a3f9" }))
  })
})

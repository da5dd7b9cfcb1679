import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import { saveEntity } from "../../src/dashboard/api/saveEntity.ts"
import { removeEntity } from "../../src/dashboard/components/removeEntity.ts"

/** Answers in turn, and remembers what was asked. */
const answering = (...answers: ReadonlyArray<readonly [number, unknown]>) => {
  const asked: Array<string> = []
  const left = [...answers]
  vi.stubGlobal("document", { baseURI: "https://host/prefix/" })
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    asked.push(`${init.method} ${new URL(url).pathname} ${init.body ?? ""}`.trim())
    const [status, body] = left.shift()!
    return Promise.resolve(new Response(JSON.stringify(body), { status }))
  })
  return asked
}

const stale = [409, { title: "Stale", current: 9 }] as const
const put = (base: number) => `PUT /prefix/api/config/destination/a%2Fb {"base":${base},"body":{"x":1}}`
const get = "GET /prefix/api/config/destination/a%2Fb"
const save = (isNew: boolean) => saveEntity("destination", "a/b", 5, { x: 1 }, isNew)

afterEach(() => vi.unstubAllGlobals())

describe("saveEntity", () => {
  it("saves", async () => {
    const asked = answering([200, { revision: 6, diffs: [] }])
    assert.deepStrictEqual(await save(false), { outcome: "saved", revision: 6 })
    assert.deepStrictEqual(asked, [put(5)])
  })

  it("saves over a change of something else", async () => {
    const asked = answering(stale, [200, { body: {}, revision: 3 }], [200, { revision: 10, diffs: [] }])
    assert.deepStrictEqual(await save(false), { outcome: "saved", revision: 10 })
    assert.deepStrictEqual(asked, [put(5), get, put(9)])
  })

  it("a change of the same is a conflict, and is not written over", async () => {
    const asked = answering(stale, [200, { body: { x: 2 }, revision: 8 }])
    const outcome = await save(false)
    assert.deepInclude(outcome, { outcome: "conflict", current: 9 })
    assert.deepStrictEqual(asked, [put(5), get])
  })

  it("one that was deleted meanwhile is a conflict", async () => {
    answering(stale, [404, { title: "Not found" }])
    assert.deepStrictEqual(await save(false), { outcome: "conflict", current: 9, theirs: undefined })
  })

  it("a new one whose name was taken meanwhile is a conflict", async () => {
    answering(stale, [200, { body: { x: 2 }, revision: 4 }])
    assert.deepInclude(await save(true), { outcome: "conflict", current: 9 })
  })

  it("a new one whose name is free is saved", async () => {
    answering(stale, [404, {}], [200, { revision: 10, diffs: [] }])
    assert.deepStrictEqual(await save(true), { outcome: "saved", revision: 10 })
  })

  it("a refusal is the caller's to show", async () => {
    answering([422, { title: "Refused", errors: [{ path: "x", reason: "is odd" }] }])
    const problem = await save(false).catch((cause: unknown) => cause)
    assert.deepInclude(problem, { status: 422, errors: [{ path: "x", reason: "is odd" }] })
  })
})

describe("removeEntity", () => {
  it("deletes over a change of something else", async () => {
    const asked = answering(stale, [200, { body: {}, revision: 3 }], [200, { revision: 10, diffs: [] }])
    assert.strictEqual(await removeEntity("destination", "a/b", 5), 10)
    assert.deepStrictEqual(asked, [
      "DELETE /prefix/api/config/destination/a%2Fb",
      get,
      "DELETE /prefix/api/config/destination/a%2Fb"
    ])
  })

  it("not what somebody else has changed", async () => {
    answering(stale, [200, { body: { x: 2 }, revision: 8 }])
    const problem = await removeEntity("destination", "a/b", 5).catch((cause: unknown) => cause)
    assert.deepInclude(problem, { status: 409 })
  })
})

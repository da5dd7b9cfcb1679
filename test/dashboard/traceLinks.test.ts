import { assert, describe, it } from "@effect/vitest"
import { traceLinks } from "../../src/dashboard/pages/trace/traceLinks.ts"

const destination = (name: string, body: unknown) => ({ kind: "destination" as const, name, body })
const id = "5b8efff798038103d269b633813fc60c"

describe("traceLinks", () => {
  it("of each destination that says where, the id in every place", () => {
    const links = traceLinks(
      [
        destination("jaeger", { traceUrl: "http://localhost:16686/trace/{traceId}" }),
        destination("other", { traceUrl: "https://a.example/{traceId}?open={traceId}" }),
        destination("silent", { endpoint: "https://a.example/v1/traces" })
      ],
      id
    )
    assert.deepStrictEqual(links, [
      { destination: "jaeger", url: `http://localhost:16686/trace/${id}` },
      { destination: "other", url: `https://a.example/${id}?open=${id}` }
    ])
  })

  it("none of one that is switched off, or of another kind", () => {
    const body = { traceUrl: "https://a.example/{traceId}" }
    const entities = [destination("off", { ...body, enabled: false }), { kind: "team" as const, name: "ml", body }]
    assert.deepStrictEqual(traceLinks(entities, id), [])
  })

  it("nothing but a web page is linked to", () => {
    assert.deepStrictEqual(traceLinks([destination("bad", { traceUrl: "javascript:alert('{traceId}')" })], id), [])
  })

  it("an id from the address bar stays within its place", () => {
    const links = traceLinks([destination("a", { traceUrl: "https://a.example/{traceId}" })], "../x?y#z")
    assert.strictEqual(links[0]?.url, "https://a.example/..%2Fx%3Fy%23z")
  })
})

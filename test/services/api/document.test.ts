import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import * as OpenApi from "effect/http-api/OpenApi"
import { SpangateApi } from "../../../src/services/api/SpangateApi.ts"
import { entityKinds } from "../../../src/services/config/entities.ts"

// biome-ignore lint/suspicious/noExplicitAny: a document is whatever it says
const spec: any = OpenApi.fromApi(SpangateApi)
// biome-ignore lint/suspicious/noExplicitAny: as above
const operations = Object.entries<any>(spec.paths).flatMap(([path, methods]) =>
  // biome-ignore lint/suspicious/noExplicitAny: as above
  Object.entries<any>(methods).map(([method, operation]) => ({ path, method, ...operation }))
)

describe("the OpenAPI document", () => {
  it("has only schemas that compile, and references that lead somewhere", () => {
    const ajv = new Ajv2020({ strict: false })
    ajv.addSchema({ $id: "spec", components: spec.components })
    const whole = JSON.stringify(spec)
    for (const [, name = ""] of whole.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      assert.property(spec.components.schemas, name)
    }
    for (const name of Object.keys(spec.components.schemas)) {
      assert.isFunction(ajv.compile({ $ref: `spec#/components/schemas/${name}` }), name)
    }
  })

  it("names each operation once, says what it does, and takes every parameter of its path", () => {
    const ids = operations.map(({ operationId }) => operationId)
    assert.strictEqual(new Set(ids).size, ids.length)
    for (const { method, parameters, path, summary } of operations) {
      assert.isString(summary, `${method} ${path}`)
      const named = parameters.filter((p: { in: string }) => p.in === "path").map((p: { name: string }) => p.name)
      const expected = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      assert.deepStrictEqual(named.sort(), expected.sort(), path)
    }
  })

  it("has a schema for each kind of entity, in which a secret may be a masked one", () => {
    const ajv = new Ajv2020({ strict: false })
    ajv.addSchema({ $id: "spec", components: spec.components })
    for (const kind of entityKinds) assert.property(spec.paths, `/api/config/${kind}/{name}`)
    const account = ajv.compile({ $ref: "spec#/components/schemas/provider-account" })
    const body = { name: "a", type: "openai", apiKey: { set: true, lastFour: "abcd" }, models: [{ name: "m" }] }
    assert.isTrue(account(body))
    assert.isTrue(account({ ...body, apiKey: "sk" }))
    assert.isFalse(account({ ...body, apiKeyy: "sk" }))
    assert.isFalse(account({ ...body, apiKey: { set: false } }))
  })

  it("asks for a token everywhere but where one signs in", () => {
    const open = operations.filter(({ security }) => security.length === 0).map(({ operationId }) => operationId)
    assert.deepStrictEqual(open, ["session.signIn"])
  })
})

import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { fromEntities, isEntityKey, toEntities } from "../../../src/layers/nats/configEntities.ts"

const Name = Schema.Literals(["a", "b", "c", "d", "e"])
const Named = Schema.Array(Schema.Struct({ name: Name, note: Schema.String.check(Schema.isMaxLength(5)) })).check(
  Schema.isMaxLength(4),
  Schema.makeFilter((items) => new Set(items.map(({ name }) => name)).size === items.length)
)
const Document = Schema.Struct({
  capture: Schema.optionalKey(Schema.Literal("metadata")),
  providerAccounts: Schema.optionalKey(Named),
  virtualModels: Schema.optionalKey(Named),
  otel: Schema.optionalKey(Schema.Struct({ destinations: Schema.optionalKey(Named) })),
  access: Schema.optionalKey(
    Schema.Struct({
      tokens: Schema.optionalKey(Schema.Array(Schema.Struct({ sha256: Name })).check(Schema.isMaxLength(1)))
    })
  )
})

describe("a document as entities", () => {
  it.prop(
    "is the same again when put together, in whichever order they come",
    { document: Document },
    ({ document }) => {
      const entities = toEntities(document)
      assert.deepStrictEqual(fromEntities(new Map([...entities].reverse())), document)
      assert.isTrue([...entities.keys()].every(isEntityKey))
    }
  )

  it("names nothing in its keys, and one entity's change is one key's", () => {
    const document = {
      providerAccounts: [{ name: "secret-account" }, { name: "other" }],
      otel: { destinations: [{ name: "secret-place" }] }
    }
    const changed = { ...document, otel: { destinations: [{ name: "secret-place", endpoint: "x" }] } }
    const [before, after] = [toEntities(document), toEntities(changed)]
    assert.strictEqual(before.size, 4)
    assert.notMatch([...before.keys()].join(), /secret|other/)
    assert.deepStrictEqual([...after.keys()], [...before.keys()])
    assert.strictEqual([...after].filter(([key, text]) => before.get(key) !== text).length, 1)
  })
})

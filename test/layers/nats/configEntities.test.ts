import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { digestOf, isEntityKey, toEntities } from "../../../src/layers/nats/configEntities.ts"
import { makeEntityReader } from "../../../src/layers/nats/EntityReader.ts"
import { atOnce } from "../../../src/services/config/Steps.ts"

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
      const { digest, document: read } = makeEntityReader()
      const reversed = new Map([...entities].reverse())
      assert.deepStrictEqual(atOnce(read(reversed)), document)
      assert.strictEqual(atOnce(digest(new Map([...reversed, ["rev", "1"]]))), digestOf(entities))
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

  it("gives what has not changed as the same object, also at another place, and tells what nobody wrote", () => {
    const read = (document: unknown) => atOnce(reader.document(toEntities(document)))
    const reader = makeEntityReader()
    const [a, b, c] = ["a", "b", "c"].map((name) => ({ name }))
    const first = read({ providerAccounts: [a, b, c] })
    const second = read({ providerAccounts: [b, { ...c, type: "openai" }] })
    const accounts = (document: unknown): ReadonlyArray<unknown> =>
      Array.isArray(Object(document).providerAccounts) ? Object(document).providerAccounts : []
    assert.deepStrictEqual(second, { providerAccounts: [b, { ...c, type: "openai" }] })
    assert.strictEqual(accounts(second)[0], accounts(first)[1])
    assert.notStrictEqual(accounts(second)[1], accounts(first)[2])
    for (const text of ["{", "null", "5"]) {
      assert.isUndefined(atOnce(reader.document(new Map([["entity.token.a", text]]))))
      assert.isUndefined(atOnce(reader.document(new Map([["settings", text]]))))
    }
  })
})

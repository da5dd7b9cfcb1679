import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { fromEntities, toEntities } from "../../../src/services/config/documentEntities.ts"
import { sections } from "../../../src/services/config/entities.ts"
import { complete } from "./documents.ts"

const Names = Schema.Array(Schema.Literals(["a", "b", "c", "d"])).check(Schema.isMaxLength(4))

describe("a document as entities", () => {
  it.prop(
    "is the same again when put together",
    {
      capture: Schema.optionalKey(Schema.Literal("full")),
      lists: Schema.Array(Names).check(Schema.isMinLength(sections.length), Schema.isMaxLength(sections.length))
    },
    ({ capture, lists }) => {
      const document: { [key: string]: unknown } = capture === undefined ? {} : { capture }
      for (const [index, section] of sections.entries()) {
        const names = [...new Set(lists[index])]
        if (names.length === 0) continue
        const entries = names.map((name) => ({ [section.id]: name, more: index }))
        const [first, second] = section.path
        if (second === undefined) document[first] = entries
        else document[first] = { ...(document[first] as object | undefined), [second]: entries }
      }
      assert.deepStrictEqual<unknown>(fromEntities(toEntities(document)), document)
    }
  )

  it("names each by its own property, a token by its hash in lower case", () => {
    assert.deepStrictEqual(
      toEntities(complete()).map(({ kind, name }) => `${kind} ${name}`),
      [
        "provider-account openai-main",
        "provider-account claude",
        "provider-account demo",
        "virtual-model prod/chat",
        `token ${"ab".repeat(32)}`,
        "jwt-issuer https://idp.acme.io",
        "destination middleware",
        "settings settings"
      ]
    )
  })

  it("keeps what is no entry in the settings, for whoever judges them", () => {
    const settings = (document: unknown) => toEntities(document).find(({ kind }) => kind === "settings")?.body
    assert.deepStrictEqual(settings({ providerAccounts: {}, access: { tokens: [], jtw: [] }, otel: {} }), {
      providerAccounts: {},
      access: { jtw: [] }
    })
    assert.strictEqual(settings("text"), "text")
    assert.isUndefined(settings({ providerAccounts: [], access: { tokens: [] }, otel: {} }))
    assert.deepStrictEqual(toEntities({ virtualModels: [{ name: 5 }, null] }), [
      { kind: "virtual-model", name: "", body: { name: 5 } },
      { kind: "virtual-model", name: "", body: null }
    ])
  })
})

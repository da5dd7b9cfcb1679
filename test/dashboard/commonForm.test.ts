import { assert, describe, it } from "@effect/vitest"
import { commonSpec, readCommon } from "../../src/dashboard/pages/otel/commonForm.ts"

const again = (body: unknown) => commonSpec.write(readCommon(body))

describe("the settings for all destinations", () => {
  it("what is not stored is at its default, and writes nothing", () => {
    assert.deepStrictEqual(readCommon({}), { capture: "full", resource: [], rest: {} })
    assert.deepStrictEqual(again({}), {})
    assert.deepStrictEqual(again(undefined), {})
  })

  it("what is read is written, settings without an input included", () => {
    const body = { capture: "metadata", resource: { "service.name": "eu" }, limits: { maxBodyBytes: 4096 } }
    assert.deepStrictEqual(again(body), body)
  })

  it("empty rows are no attributes, and names lose the space around them", () => {
    const form = {
      ...readCommon({}),
      resource: [
        { name: " ", value: "" },
        { name: " a ", value: "b" }
      ]
    }
    assert.deepStrictEqual(commonSpec.write(form), { resource: { a: "b" } })
  })

  it("two rows of one name would lose one: that is said", () => {
    const resource = [
      { name: "a", value: "1" },
      { name: "a ", value: "2" }
    ]
    assert.deepStrictEqual(commonSpec.check({ ...readCommon({}), resource }), {
      resource: "a is there twice: remove one."
    })
  })
})

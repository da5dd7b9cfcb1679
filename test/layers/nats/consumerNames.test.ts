import { assert, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { consumerOf, durableName } from "../../../src/layers/nats/consumerNames.ts"

it("a destination's consumer has a legal name that can be read", () => {
  assert.strictEqual(durableName("destination:middle-ware_1"), "destination=3Amiddle-ware_1")
})

it.prop(
  "every name is told from every other, and read back",
  { name: Schema.String.check(Schema.isMaxLength(40), Schema.isPattern(/^[^\ud800-\udfff]*$/)) },
  ({ name }) => {
    const durable = durableName(name)
    assert.match(durable, /^[A-Za-z0-9_=-]*$/)
    assert.strictEqual(consumerOf(durable), name)
  }
)

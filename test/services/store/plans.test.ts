import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { fromEntities, toEntities } from "../../../src/services/config/documentEntities.ts"
import { applyChanges } from "../../../src/services/store/applyChanges.ts"
import { planDocument } from "../../../src/services/store/planDocument.ts"
import { planEdit } from "../../../src/services/store/planEdit.ts"

const Value = Schema.optionalKey(Schema.Literals([1, 2, 3]))
/** What accounts a and b, destination a, and two settings are; absent is not there. */
const State = Schema.Struct({ a: Value, b: Value, d: Value, capture: Value, resource: Value })
type State = typeof State.Type
const keys = ["a", "b", "d", "capture", "resource"] as const

const documentOf = ({ a, b, capture, d, resource }: State) => ({
  ...(capture === undefined ? {} : { capture }),
  ...(resource === undefined ? {} : { resource }),
  providerAccounts: [
    ...(a === undefined ? [] : [{ name: "a", value: a }]),
    ...(b === undefined ? [] : [{ name: "b", value: b }])
  ],
  otel: { destinations: d === undefined ? [] : [{ name: "a", value: d }] }
})

const entitiesOf = (state: State) => toEntities(documentOf(state))

/** The entities of a state as the store has them. */
const inStore = (state: State) => applyChanges([], planDocument([], documentOf(state), false)).entities

describe("plans", () => {
  it.prop(
    "with prune, a document's changes lead to it from anywhere, and there are none where it is already",
    { from: State, to: State },
    ({ from, to }) => {
      const { entities, problems } = applyChanges(inStore(from), planDocument(inStore(from), documentOf(to), true))
      assert.deepStrictEqual(problems, [])
      assert.deepStrictEqual(fromEntities(entities), fromEntities(entitiesOf(to)))
      assert.deepStrictEqual(planDocument(entities, documentOf(to), true), [])
    }
  )

  it.prop("without prune, what the document does not name stays", { from: State, to: State }, ({ from, to }) => {
    const { entities } = applyChanges(inStore(from), planDocument(inStore(from), documentOf(to), false))
    assert.deepStrictEqual(fromEntities(entities), fromEntities(inStore({ ...from, ...to })))
  })

  it.prop(
    "an edit's changes do what the edit did, and nothing to what it left alone",
    { from: State, to: State, stored: State },
    ({ from, stored, to }) => {
      const { entities } = applyChanges(inStore(stored), planEdit(inStore(stored), documentOf(from), documentOf(to)))
      const expected = Object.fromEntries(
        keys.flatMap((key) => {
          const value = from[key] === to[key] ? stored[key] : to[key]
          return value === undefined ? [] : [[key, value]]
        })
      )
      assert.deepStrictEqual<unknown>(fromEntities(entities), fromEntities(inStore(expected)))
    }
  )
})

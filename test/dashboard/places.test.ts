import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { href, loginToken, readPlace } from "../../src/dashboard/app/places.ts"

describe("places", () => {
  it("an empty hash is the overview", () => {
    assert.strictEqual(readPlace("").path, "/")
    assert.strictEqual(readPlace("#").path, "/")
  })

  it("what is empty or undefined is left out", () => {
    assert.strictEqual(href("/traces", { model: "", subject: undefined }), "#/traces")
  })

  it.prop("a link leads back to what it was made of", [Schema.String, Schema.Int], ([model, status]) => {
    const place = readPlace(href("/traces", { model, status }))
    assert.strictEqual(place.path, "/traces")
    // A URL cannot carry half a character.
    assert.strictEqual(place.query.get("model") ?? "", model.toWellFormed())
    assert.strictEqual(place.query.get("status"), String(status))
  })

  it("reads the token of a login link, odd escapes included", () => {
    assert.strictEqual(loginToken("#login=a%2Bb"), "a+b")
    assert.strictEqual(loginToken("#login=100%"), "100%")
    assert.isUndefined(loginToken("#/traces?login=x"))
  })
})

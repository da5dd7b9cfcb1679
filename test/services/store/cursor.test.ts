import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { decodeCursor, encodeCursor } from "../../../src/services/store/cursor.ts"

const parts = Schema.Struct({ start: Schema.Finite, tie: Schema.String.check(Schema.isMaxLength(64)) })

describe("cursor", () => {
  it.effect.prop("is the one that was made", { cursor: parts }, ({ cursor }) =>
    Effect.gen(function* () {
      const text = encodeCursor(cursor)
      assert.match(text, /^[\w-]+$/)
      const { start, tie } = yield* decodeCursor(text)
      assert.strictEqual(tie, cursor.tie)
      assert.strictEqual(start, cursor.start === 0 ? 0 : cursor.start)
    })
  )

  it.effect.prop("refuses every other text", { text: Schema.String.check(Schema.isMaxLength(40)) }, ({ text }) =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(decodeCursor(text))
      assert.strictEqual(refused._tag, "InvalidCursor")
    })
  )
})

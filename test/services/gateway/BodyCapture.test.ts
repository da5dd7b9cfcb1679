import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { BodyCapture } from "../../../src/services/trace/BodyCapture.ts"

const TAIL = 16 * 1024

/** Bytes that tell where they stood. */
const body = (length: number): Buffer => {
  const bytes = Buffer.alloc(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8)) & 0xff
  return bytes
}

const captured = (bytes: Buffer, cuts: ReadonlyArray<number>, limit: number): BodyCapture => {
  const capture = new BodyCapture(limit)
  let at = 0
  for (const cut of cuts) {
    capture.add(bytes.subarray(at, at + cut))
    at += cut
  }
  if (at < bytes.length) capture.add(bytes.subarray(at))
  return capture
}

const small = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9000 }))

describe("BodyCapture", () => {
  it.prop(
    "keeps all of a body within the limit, and of a longer one its head and its tail, however it was cut",
    {
      length: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60_000 })),
      limit: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30_000 })),
      cuts: Schema.Array(small).check(Schema.isMaxLength(12))
    },
    ({ cuts, length, limit }) => {
      const bytes = body(length)
      const capture = captured(bytes, cuts, limit)
      const kept = Buffer.concat(capture.chunks())
      assert.strictEqual(capture.total, length)
      if (length <= limit + TAIL) {
        assert.isTrue(kept.equals(bytes))
        assert.isUndefined(capture.tailAt())
      } else {
        assert.strictEqual(kept.length, limit + TAIL)
        assert.strictEqual(capture.tailAt(), limit)
        assert.isTrue(kept.subarray(0, limit).equals(bytes.subarray(0, limit)))
        assert.isTrue(kept.subarray(limit).equals(bytes.subarray(length - TAIL)))
      }
    }
  )

  it("says the same however often it is asked, and goes on after", () => {
    const bytes = body(70_000)
    const capture = captured(bytes.subarray(0, 60_000), [7, 40_000], 1000)
    assert.deepStrictEqual(Buffer.concat(capture.chunks()), Buffer.concat(capture.chunks()))
    capture.add(bytes.subarray(60_000))
    assert.isTrue(
      Buffer.concat(capture.chunks())
        .subarray(1000)
        .equals(bytes.subarray(70_000 - TAIL))
    )
  })

  it("lets go of what lies between head and tail", () => {
    const capture = new BodyCapture(1000)
    for (let i = 0; i < 100_000; i++) capture.add(Buffer.alloc(100, i))
    assert.isBelow(capture.chunks().length, 200)
  })

  it("does not copy", () => {
    const chunk = body(500)
    const capture = new BodyCapture(1000)
    capture.add(chunk)
    assert.strictEqual(capture.chunks()[0], chunk)
  })
})

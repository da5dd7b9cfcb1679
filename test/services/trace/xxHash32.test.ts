import { assert, it } from "@effect/vitest"
import { xxHash32 } from "../../../src/services/trace/xxHash32.ts"

const hash = (text: string) => xxHash32(new TextEncoder().encode(text)).toString(16).padStart(8, "0")

// Published test vectors: nothing, the tail alone, whole words, whole stripes and all of them together.
it.each([
  ["", "02cc5d05"],
  ["a", "550d7456"],
  ["abc", "32d153ff"],
  ["Nobody inspects the spammish repetition", "e2293b2f"]
])("%j", (text, sum) => {
  assert.strictEqual(hash(text), sum)
})

it("counts from where it is told", () => {
  assert.strictEqual(xxHash32(new TextEncoder().encode("xxabc"), 2), 0x32d153ff)
})

import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { findCardNumbers } from "../../../../src/services/trace/redaction/findCardNumbers.ts"

const masked = (text: string) => findCardNumbers(text, () => "*")

/** Numbers that card networks give out for tests. */
const cards = [
  "4111111111111111",
  "4222222222222",
  "5555555555554444",
  "2223003122003222",
  "378282246310005",
  "30569309025904",
  "6011111111111117",
  "3530111333300000",
  "6205500000000000004"
]

const grouped = [
  "4111 1111 1111 1111",
  "4111-1111-1111-1111",
  "4111.1111.1111.1111",
  "4111\u00a01111\u00a01111\u00a01111",
  "3782 822463 10005",
  "3056 930902 5904",
  "6205 5000 0000 0000 004"
]

describe("findCardNumbers", () => {
  for (const card of [...cards, ...grouped]) {
    it(`finds ${card}`, () => {
      assert.strictEqual(masked(card), "*")
      assert.strictEqual(masked(`my card: ${card}, exp 12/30`), "my card: *, exp 12/30")
      assert.strictEqual(masked(`${card} ${card}`), "* *")
      assert.strictEqual(masked(`on 2026-11-24 ${card} 123`), "on 2026-11-24 * 123")
    })
  }

  it("finds one among other groups of the same kind", () => {
    assert.strictEqual(masked("2026 4111 1111 1111 1111"), "2026 *")
    assert.strictEqual(masked("4111 1111 1111 1111 2026"), "* 2026")
    assert.strictEqual(masked("1000 2000 4111 1111 1111 1111 3000"), "1000 2000 * 3000")
  })

  for (const text of [
    "4111111111111112",
    "4111 1111 1111 1112",
    "411111111111",
    "41111111111111111111",
    "0.4111111111111111",
    "1764000000000",
    "1764000000000000000",
    "1111111111111117",
    "4111 1111-1111 1111",
    "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    "+49 30 1234567 89",
    "192.168.100.200"
  ]) {
    it(`leaves ${text}`, () => assert.strictEqual(masked(text), text))
  }

  const digits = Schema.String.check(Schema.isPattern(/^[0-9]{12,18}$/))

  it.prop("finds every number whose check digit is right, and none whose is not", { digits }, ({ digits }) => {
    const body = `4${digits.slice(1)}`
    const right = [..."0123456789"].filter((check) => masked(body + check) === "*")
    assert.strictEqual(right.length, 1)
    assert.strictEqual(luhn(body + right[0]), 0)
  })

  it("takes linear time on digits without an end", () => {
    for (const text of ["4".repeat(1_000_000), "4111 ".repeat(200_000), "4111-1111-1111-1112 ".repeat(50_000)]) {
      const started = performance.now()
      assert.isTrue(masked(text) === text)
      assert.isBelow(performance.now() - started, 5000)
    }
  })
})

/** The check as ISO/IEC 7812 words it. */
const luhn = (digits: string): number =>
  [...digits]
    .toReversed()
    .map(Number)
    .map((digit, index) =>
      index % 2 === 0
        ? digit
        : String(digit * 2)
            .split("")
            .reduce((sum, part) => sum + Number(part), 0)
    )
    .reduce((sum, digit) => sum + digit, 0) % 10

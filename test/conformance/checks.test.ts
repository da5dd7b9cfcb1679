import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { RULES } from "./assertConformant.ts"
import { CHECKS } from "./checks.ts"

const COUNT = 33

const root = new URL("../../", import.meta.url)

/** In quotes of any kind; a name may begin with a placeholder. */
const names = (source: string, test: string): boolean =>
  ['"', "'", "`"].some((quote) => [quote, "}"].some((before) => source.includes(before + test + quote)))

const ruled = new Set(Object.values(RULES).flatMap((rules) => Object.keys(rules).map(Number)))

describe("every conformance check has its tests", () => {
  for (let number = 1; number <= COUNT; number++) {
    const check = CHECKS[number]
    it(`${number} ${check?.title}`, () => {
      assert.strictEqual(check?.ruled ?? false, ruled.has(number))
      if (!ruled.has(number)) assert.isNotEmpty(check?.evidence ?? [])
      for (const { file, test } of check?.evidence ?? []) {
        assert.isTrue(names(readFileSync(new URL(file, root), "utf8"), test), `${file} has no test "${test}"`)
      }
    })
  }

  it("and there are no others", () => {
    assert.strictEqual(Object.keys(CHECKS).length, COUNT)
  })
})

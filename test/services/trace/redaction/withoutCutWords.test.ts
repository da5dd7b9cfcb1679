import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { withoutCutWords } from "../../../../src/services/trace/redaction/withoutCutWords.ts"

const CHARACTERS = "… [120003 characters cut]"
const HOLE = "… [96 bytes cut] …"
const PEM = `-----BEGIN PRIVATE KEY-----\n${"MIIEvQIBADANBg\n".repeat(4)}-----END PRIVATE KEY-----`

describe("withoutCutWords", () => {
  it.each([
    ["my card is 4111 1111 1111 1", CHARACTERS, "", "my card is[cut]", ""],
    ["write to bob.smith@example.", CHARACTERS, "", "write to[cut]", ""],
    ["the key sk-abcdefghijklm", CHARACTERS, "", "the key[cut]", ""],
    ["pay 4111 1111", HOLE, "1111 1111, please", "pay[cut]", "[cut], please"],
    ["pay 4111-1111-", HOLE, "1111-1111 now", "pay[cut]", "[cut]now"],
    ["to bob@exam", HOLE, "ple.com, now", "to[cut]", "[cut]now"],
    ["", HOLE, "rest of it", "", "[cut]of it"],
    ["all of it", HOLE, "", "all of[cut]", ""],
    ["so ", HOLE, "MIIEvQ\nabc\n-----END PRIVATE KEY-----\nthen", "so[cut]", "[cut]then"],
    ["so 1", HOLE, `x ${PEM}`, "so[cut]", `[cut]${PEM}`],
    [PEM.slice(0, 35), HOLE, PEM.slice(40), PEM.slice(0, 35), PEM.slice(40)],
    ["-----BEGIN x-----\n1 ab", HOLE, "", "-----BEGIN x-----[cut]", ""]
  ])("%j %s %j", (head, note, tail, keptHead, keptTail) => {
    const once = withoutCutWords(head + note + tail)
    assert.strictEqual(once, keptHead + note + keptTail)
    assert.strictEqual(withoutCutWords(once), once)
  })

  it("leaves a text alone that was not cut", () => {
    for (const text of ["4111 1111 1111 1", "a … [cut] b", "[3 bytes cut]"]) {
      assert.strictEqual(withoutCutWords(text), text)
    }
  })

  it("keeps most of a text without spaces, and no half characters", () => {
    const long = "字🦊".repeat(10_000)
    const kept = withoutCutWords(`${long}${HOLE}${long}`)
    assert.isAbove(kept.length, 2 * long.length - 2200)
    assert.isTrue(kept.isWellFormed())
  })

  it("takes time in proportion to the text", () => {
    for (const unit of [" ", "1 ", "字", `${HOLE}`, "-----BEGIN ", `1${CHARACTERS}`]) {
      const start = performance.now()
      withoutCutWords(unit.repeat(400_000 / unit.length) + HOLE + unit.repeat(400_000 / unit.length))
      assert.isBelow(performance.now() - start, 1000, unit)
    }
  })

  it.prop(
    "a second time changes nothing",
    {
      pieces: Schema.Array(
        Schema.Literals([CHARACTERS, HOLE, "a", " ", "1", "[cut]", "🦊", "\ud83e", "\n", "-", "…"])
      ).check(Schema.isMaxLength(12))
    },
    ({ pieces }) => {
      const once = withoutCutWords(pieces.join(""))
      assert.strictEqual(withoutCutWords(once), once)
    }
  )
})

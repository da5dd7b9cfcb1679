import { assert, describe, it } from "@effect/vitest"
import { diffSummary, diffText } from "../../../src/programs/cli/diffTexts.ts"
import type { EntityDiff } from "../../../src/services/store/ConfigStore.ts"

const update = (before: unknown, after: unknown): EntityDiff => ({
  kind: "destination",
  name: "middleware",
  action: "update",
  before,
  after
})

describe("the text of a difference", () => {
  it("names what was set, changed and left out", () => {
    const before = {
      name: "m",
      capture: "full",
      models: ["a"],
      mask: [{ kind: "email" }],
      timeoutMs: 1,
      headers: { a: { set: true } }
    }
    const after = {
      name: "m",
      capture: "full",
      models: ["a", "b"],
      mask: [{ kind: "email", with: "hash" }],
      excludeRequestData: true,
      headers: { a: { set: true, lastFour: "abcd" } }
    }
    assert.strictEqual(
      diffText([update(before, after)]),
      `~ destination middleware
    models: ["a"] → ["a","b"]
    timeoutMs: 1 → not set
    headers.a: secret → secret ending in abcd
    mask[0].with: not set → hash
    excludeRequestData: not set → true`
    )
  })
  it("tells a secret that changed to one that looks the same", () => {
    const body = { headers: { a: { set: true } } }
    assert.strictEqual(diffText([update(body, body)]), "~ destination middleware\n    a secret")
  })
  it("calls a token by its id, shows what is deleted by name alone, and obeys nobody's terminal", () => {
    const diffs: ReadonlyArray<EntityDiff> = [
      { kind: "token", name: "ab".repeat(32), action: "delete", before: { subject: "x" } },
      { kind: "team", name: "a\u001b[2Jb", action: "create", after: { name: "a\u001b[2Jb", models: ["*"] } }
    ]
    assert.strictEqual(diffText(diffs), '- token abababababababab\n+ team a [2Jb\n    name: a [2Jb\n    models: ["*"]')
    assert.strictEqual(diffSummary(diffs), "2 changes: 1 created, 1 deleted")
  })
})

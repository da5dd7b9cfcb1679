import { execFileSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { firstCall, firstModel } from "../../src/dashboard/components/firstCall.ts"

describe("firstCall", () => {
  it("a shell reads it as the request that is meant", () => {
    const script = `curl() { printf '%s\\n' "$@"; }\nSPANGATE_TOKEN=sg-1\n${firstCall("it's/a model")}`
    const words = execFileSync("sh", ["-c", script], { encoding: "utf8" }).trimEnd().split("\n")
    assert.strictEqual(words[0], "http://127.0.0.1:8787/v1/chat/completions")
    assert.include(words, "Authorization: Bearer sg-1")
    assert.deepStrictEqual(JSON.parse(words.at(-1) ?? ""), {
      model: "it's/a model",
      messages: [{ role: "user", content: "Say hello" }]
    })
  })
})

describe("firstModel", () => {
  const account = { kind: "provider-account" as const, name: "acc", body: { models: [{ name: "m" }] }, revision: 1 }
  const virtual = { kind: "virtual-model" as const, name: "prod/chat", body: {}, revision: 1 }

  it("a virtual model where there is one", () => {
    assert.strictEqual(firstModel({ entities: [account, virtual] }), "prod/chat")
    assert.strictEqual(firstModel({ entities: [account] }), "acc/m")
    assert.isUndefined(firstModel({ entities: [] }))
  })
})

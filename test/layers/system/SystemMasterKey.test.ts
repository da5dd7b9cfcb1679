import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MasterKey } from "../../../src/services/config/MasterKey.ts"
import { masterKey } from "../nats/links.ts"

const OLD = "an-old-master-key-of-32-characters-or-more"
const NEW = "a-new-master-key-of-32-characters-or-more"

const keyOf = (phrases: string) => Effect.provide(MasterKey, masterKey(phrases), { local: true })
const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString())
const secret = Buffer.from("sk-canary")

describe("MasterKey", () => {
  it.effect("opens what it sealed, and seals the same differently each time", () =>
    Effect.gen(function* () {
      const key = yield* keyOf(OLD)
      const [a, b] = [key.seal("n", secret), key.seal("n", secret)]
      assert.strictEqual(text(key.open("n", a)), "sk-canary")
      assert.notDeepEqual(a, b)
      assert.isFalse(Buffer.from(a).includes("canary"))
    })
  )

  it.effect("does not open with another key, under another name, or after any byte was changed", () =>
    Effect.gen(function* () {
      const key = yield* keyOf(OLD)
      const sealed = key.seal("n", secret)
      assert.isUndefined((yield* keyOf(NEW)).open("n", sealed))
      assert.isUndefined(key.open("m", sealed))
      for (let at = 0; at < sealed.length; at++) {
        const changed = Uint8Array.from(sealed)
        changed[at] = (changed[at] ?? 0) ^ 1
        assert.isUndefined(key.open("n", changed), `byte ${at}`)
      }
      assert.isUndefined(key.open("n", sealed.subarray(0, 20)))
    })
  )

  it.effect("is changed in steps: the first of several seals, all open", () =>
    Effect.gen(function* () {
      const before = yield* keyOf(OLD)
      const during = yield* keyOf(`${NEW}, ${OLD}`)
      const after = yield* keyOf(NEW)
      const sealed = before.seal("n", secret)
      assert.strictEqual(text(during.open("n", sealed)), "sk-canary")
      assert.isFalse(during.isCurrent(sealed))
      assert.strictEqual(text(after.open("n", during.seal("n", secret))), "sk-canary")
    })
  )

  it.effect("says what is wrong with one that is missing or weak, and not what it is", () =>
    Effect.gen(function* () {
      assert.match((yield* Effect.flip(keyOf(""))).message, /^SPANGATE_MASTER_KEY is not set/)
      const { message } = yield* Effect.flip(keyOf("hunter2"))
      assert.match(message, /^SPANGATE_MASTER_KEY is shorter than 32 characters/)
      assert.notInclude(message, "hunter2")
    })
  )
})

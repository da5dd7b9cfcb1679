import { assert, describe, it } from "@effect/vitest"
import { VerifiedTokens } from "../../../src/layers/jose/VerifiedTokens.ts"
import { jwtIssuer } from "./identityProvider.ts"

const token = (endsAt = 1_000_000) => ({
  authenticated: { principal: { subject: "a", teams: [], mayUse: () => true }, method: "jwt" as const },
  issuer: jwtIssuer(),
  keys: { fingerprint: "", find: () => undefined },
  endsAt
})

describe("VerifiedTokens", () => {
  it("never holds more than its capacity, and drops the least recently used first", () => {
    const tokens = new VerifiedTokens(3)
    for (const [at, name] of ["a", "b", "c"].entries()) tokens.set(name, token(), at)
    // Two seconds on, `a` is used, so `b` is the oldest.
    assert.isDefined(tokens.get("a", 2000))
    tokens.set("d", token(), 2000)
    assert.strictEqual(tokens.size, 3)
    assert.isUndefined(tokens.get("b", 2000))
    for (const name of ["a", "c", "d"]) assert.isDefined(tokens.get(name, 2000))
  })

  it("gives an entry up to its end, then forgets it", () => {
    const tokens = new VerifiedTokens(3)
    tokens.set("a", token(100), 0)
    assert.isDefined(tokens.get("a", 99))
    assert.isUndefined(tokens.get("a", 100))
    assert.strictEqual(tokens.size, 0)
  })

  it("replaces an entry instead of counting it twice", () => {
    const tokens = new VerifiedTokens(2)
    const second = token()
    tokens.set("a", token(), 0)
    tokens.set("b", token(), 0)
    tokens.set("a", second, 0)
    assert.strictEqual(tokens.size, 2)
    assert.strictEqual(tokens.get("a", 0), second)
  })
})

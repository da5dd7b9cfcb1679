import { assert, describe, it } from "@effect/vitest"
import { classify } from "../../../src/layers/undici/classify.ts"

const coded = (code: string): Error => Object.assign(new Error(code), { code })

describe("classify", () => {
  for (const [code, reason] of [
    ["ECONNREFUSED", "connection_refused"],
    ["ECONNRESET", "connection_reset"],
    ["UND_ERR_SOCKET", "connection_reset"],
    ["UND_ERR_HEADERS_TIMEOUT", "timeout"],
    ["UND_ERR_BODY_TIMEOUT", "timeout"],
    ["UND_ERR_CONNECT_TIMEOUT", "timeout"],
    ["ENOTFOUND", "dns"],
    ["EAI_AGAIN", "dns"],
    ["HPE_INVALID_CONSTANT", "protocol"],
    ["UND_ERR_HEADERS_OVERFLOW", "protocol"],
    ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "connection_reset"],
    ["CERT_HAS_EXPIRED", "tls"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls"],
    ["EPROTO", "tls"],
    ["ESOMETHING", "connection_reset"]
  ] as const) {
    it(`${code} is ${reason}`, () => {
      assert.strictEqual(classify(coded(code)), reason)
    })
  }

  it("looks into several addresses' errors", () => {
    assert.strictEqual(
      classify(new AggregateError([coded("ECONNREFUSED"), coded("ENETUNREACH")])),
      "connection_refused"
    )
  })

  it("takes an error without a code", () => {
    assert.strictEqual(classify(new Error("?")), "connection_reset")
    assert.strictEqual(classify(Object.assign(new Error("?"), { code: 7 })), "connection_reset")
  })
})

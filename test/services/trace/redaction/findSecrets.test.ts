import { assert, describe, it } from "@effect/vitest"
import { findApiKeys, findEmails, findPattern } from "../../../../src/services/trace/redaction/findSecrets.ts"

const mask = (find: typeof findEmails) => (text: string) => find(text, () => "*")

const letters = "Ab3dEf6hIj9lMn2pQr5tUv8xYz1"

/** One of each form that is known. */
const apiKeys = [
  `sk-${letters}`,
  `sk-proj-${letters}_${letters}-x`,
  `sk-ant-api03-${letters}-${letters}_AA`,
  `sk-or-v1-${"0af7651916cd43dd".repeat(4)}`,
  `sg-${letters}_${letters}-9`,
  `AIza${letters}_-12345678`,
  `ghp_${letters}123456789`,
  `github_pat_${letters}_${letters}`,
  `glpat-${letters}`,
  `xoxb-1234567890-${letters}`,
  "AKIAIOSFODNN7EXAMPLE",
  "ASIAIOSFODNN7EXAMPLE",
  `hf_${letters}`,
  `gsk_${letters}`,
  `xai-${letters}`,
  `pplx-${letters}`,
  `sk_live_${letters}`,
  `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.${letters}`,
  `eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.`
]

const pem = (kind: string) => `-----BEGIN ${kind}PRIVATE KEY-----\nMIIE/+${letters}=\n-----END ${kind}PRIVATE KEY-----`

describe("findApiKeys", () => {
  const masked = mask(findApiKeys)

  for (const key of apiKeys) {
    it(`finds ${key.slice(0, 14)}…`, () => {
      for (const [before, after] of [
        ["", ""],
        ["my key is ", ", keep it"],
        ["OPENAI_API_KEY=", "\n"],
        ['{"key":"', '"}'],
        ["line one\\n", "\\nline two"],
        ["\\u003c", "\\u003e"],
        ["https://x.io/?q=a%3D", "%20b"],
        ["(", ")."]
      ] as const) {
        assert.strictEqual(masked(before + key + after), `${before}*${after}`)
      }
    })
  }

  it("finds what follows Bearer, and leaves the word", () => {
    assert.strictEqual(masked("Authorization: Bearer abcdef0123456789+/=="), "Authorization: Bearer *")
    assert.strictEqual(masked("bearer  0123456789abcdef, then"), "bearer  *, then")
  })

  it("finds private keys, whole or cut off", () => {
    for (const kind of ["", "RSA ", "EC ", "ENCRYPTED "]) assert.strictEqual(masked(`a\n${pem(kind)}\nb`), "a\n*\nb")
    assert.strictEqual(masked(`a ${pem("").slice(0, 60)}`), "a *")
    assert.strictEqual(masked(pem("").replaceAll("\n", "\\n")), "*")
    assert.strictEqual(masked(`${pem("")}${pem("RSA ")}`), "**")
  })

  for (const text of [
    "a task-oriented-decision-support-system",
    "the bearer of this letter",
    "ask-me-anything-about-sk-8-boards",
    "sg-0123456789abcdef0",
    "AKIAlowercase1234567890",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    "eyJhbGciOiJIUzI1NiJ9 and no more",
    "00f067aa0ba902b7",
    "chatcmpl-9abcDEF0123456789abcdef"
  ]) {
    it(`leaves ${JSON.stringify(text.slice(0, 40))}`, () => assert.strictEqual(masked(text), text))
  }
})

describe("findEmails", () => {
  const masked = mask(findEmails)

  for (const address of [
    "alice@example.org",
    "a.b+tag@mail.example.co.uk",
    "ALICE_99+x@EXAMPLE.ORG",
    "josé@bücher.example",
    "用户@例子.公司",
    "a@b-c.io"
  ]) {
    it(`finds ${address}`, () => {
      assert.strictEqual(masked(`<${address}>, or mailto:${address}?x`), "<*>, or mailto:*?x")
      assert.strictEqual(masked(`${address}.`), "*.")
    })
  }

  for (const text of ["@alice", "alice@", "alice@localhost", "a @ b.c", "user@[10.0.0.1]", "npm i effect@4.1.0"]) {
    it(`leaves ${text}`, () => assert.strictEqual(masked(text), text))
  }
})

describe("findPattern", () => {
  it("finds each match, by characters and not by halves of them", () => {
    assert.strictEqual(mask(findPattern("EMP-\\d{6}"))("EMP-123456 and EMP-654321"), "* and *")
    assert.strictEqual(mask(findPattern("^.x"))("😀x"), "*")
  })
})

/** Texts of a million characters that make a careless search start over at every place. */
const hostile: { readonly [name: string]: string } = {
  letters: "a".repeat(1_000_000),
  "beginnings of JWTs": "-eyJ".repeat(250_000),
  "JWTs without an end": "eyJaaaaaaaa ".repeat(80_000),
  "bearers of nothing": `Bearer${" ".repeat(1_000_000)}`,
  "signs between letters": "a@".repeat(500_000),
  "labels without an end": `a@${"b.".repeat(500_000)}1`,
  "keys without an end": "-----BEGIN PRIVATE KEY ".repeat(43_000)
}

describe("on a hostile text of a million characters a search is linear", () => {
  for (const [name, text] of Object.entries(hostile)) {
    it(name, () => {
      const started = performance.now()
      for (const find of [findApiKeys, findEmails]) assert.isTrue(mask(find)(text) === text)
      // A hundred times what it takes; a quadratic search would take hours.
      assert.isBelow(performance.now() - started, 5000)
    })
  }
})

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: some messages show how a reference is written
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { compile } from "../../../src/services/config/compile.ts"
import { formatProblem } from "../../../src/services/config/Problem.ts"
import { complete, put, REMOVED } from "./documents.ts"

const problemsOf = (document: unknown, fakeOrigin: string | undefined): ReadonlyArray<string> => {
  const result = compile(document, { revision: "", fakeOrigin })
  return Result.isFailure(result) ? result.failure.map(formatProblem) : []
}

const after = (changes: { readonly [path: string]: unknown }): ReadonlyArray<string> => {
  const document = complete()
  for (const [path, value] of Object.entries(changes)) put(document, path, value)
  return problemsOf(document, "http://127.0.0.1:4000")
}

/** What is said of the complete document after some changes. */
const check = (name: string, changes: { readonly [path: string]: unknown }, ...expected: ReadonlyArray<string>): void =>
  it(name, () => assert.deepStrictEqual(after(changes), expected))

const account = "providerAccounts[0]"
const destination = "otel.destinations[0]"
const token = "access.tokens[0]"
const jwt = "access.jwt[0]"
const targets = "virtualModels[0].routing.targets"
const nothing =
  'is missing, and no entry of access.teams or access.subjects gives models either: name a model or write "*" for all'
const noUrl = "is no URL, it must begin with https:// or http://"

describe("unknown keys", () => {
  check(
    "are told with the one that was meant",
    { captur: "full", [`${account}.models[0].pricee`]: {}, [`${targets}[1].wieght`]: 1, "otel.destination": [] },
    'captur: unknown key, did you mean "capture"?',
    'providerAccounts[0].models[0].pricee: unknown key, did you mean "price"?',
    'virtualModels[0].routing.targets[1].wieght: unknown key, did you mean "weight"?',
    'otel.destination: unknown key, did you mean "destinations"?'
  )
  check(
    "are told with those that exist when none is near",
    { "virtualModels[0].strategy": "x" },
    "virtualModels[0].strategy: unknown key, remove it or use one of name, routing"
  )
  check(
    "that hold a value, because of a missing space, do not show it",
    { [`${account}.apiKey:sk-very-secret`]: null },
    'providerAccounts[0]: unknown key, write a space after "apiKey:"'
  )
  check(
    "that look like no key are not shown",
    { [`${account}.sk-0123456789abcdef0123456789`]: null },
    "providerAccounts[0]: unknown key, remove it or use one of name, type, baseUrl, apiKey, provider, headers, apiVersion, propagateTraceparent, timeoutMs, timeToFirstTokenTimeoutMs, ca, models"
  )
})

describe("types", () => {
  check(
    "must be the Schema's",
    {
      resource: { a: 1, b: true },
      [`${account}.apiKey`]: 12,
      [`${account}.models`]: { name: "x" },
      [`${targets}[0].weight`]: "70",
      [`${targets}[1].retry`]: 3,
      [`${destination}.headers`]: null,
      [`${destination}.excludeRequestData`]: "yes",
      "access.tokens": null
    },
    "resource.a: expected text but this is a number, put it in quotes",
    "resource.b: expected text but this is true or false, put it in quotes",
    "providerAccounts[0].apiKey: expected text but this is a number, put it in quotes",
    "providerAccounts[0].models: expected a list but this is keys with values",
    "virtualModels[0].routing.targets[0].weight: expected a number but this is text",
    "virtualModels[0].routing.targets[1].retry: expected keys with values but this is a number",
    "access.tokens: expected a list but this is empty, fill it in or remove the key",
    "otel.destinations[0].headers: expected keys with values but this is empty, fill it in or remove the key",
    "otel.destinations[0].excludeRequestData: expected true or false but this is text",
    // The models of the account are gone with their list.
    "virtualModels[0].routing.targets[0].model: names no model, write it as account/model"
  )
  check(
    "of a choice are told with the one that was meant",
    {
      capture: "metdata",
      [`${account}.type`]: "azure",
      "virtualModels[0].routing.type": 5,
      [`${destination}.compression`]: "zstd"
    },
    'capture: expected one of full, metadata, did you mean "metadata"?',
    "providerAccounts[0].type: expected one of openai, openai-compatible, azure-openai, anthropic, fake",
    "virtualModels[0].routing.type: expected one of weight, priority, latency but this is a number",
    "otel.destinations[0].compression: expected one of gzip, none"
  )
  check(
    "of numbers have bounds",
    {
      [`${account}.timeoutMs`]: 0,
      [`${account}.timeToFirstTokenTimeoutMs`]: 1.5,
      [`${account}.models[0].price.inputPerMillion`]: -1,
      [`${account}.models[0].price.outputPerMillion`]: Number.NaN,
      [`${targets}[0].weight`]: -1,
      [`${targets}[0].priority`]: -1,
      [`${targets}[0].retry`]: { attempts: 11, delayMs: -1, onStatusCodes: [200, "429"] },
      [`${targets}[0].fallbackStatusCodes`]: [600],
      [`${destination}.maxBatchBytes`]: 10,
      "limits.maxBodyBytes": 1
    },
    "providerAccounts[0].timeoutMs: must be a whole number from 1 to 86400000",
    "providerAccounts[0].timeToFirstTokenTimeoutMs: must be a whole number from 1 to 86400000",
    "providerAccounts[0].models[0].price.inputPerMillion: must be 0 or more",
    "providerAccounts[0].models[0].price.outputPerMillion: must be 0 or more",
    "virtualModels[0].routing.targets[0].weight: must be 0 or more",
    "virtualModels[0].routing.targets[0].priority: must be a whole number from 0 to 1000000",
    "virtualModels[0].routing.targets[0].retry.attempts: must be a whole number from 0 to 10",
    "virtualModels[0].routing.targets[0].retry.delayMs: must be a whole number from 0 to 60000",
    "virtualModels[0].routing.targets[0].retry.onStatusCodes[0]: must be a whole number from 400 to 599",
    "virtualModels[0].routing.targets[0].retry.onStatusCodes[1]: expected a number but this is text",
    "virtualModels[0].routing.targets[0].fallbackStatusCodes[0]: must be a whole number from 400 to 599",
    "otel.destinations[0].maxBatchBytes: must be a whole number from 65536 to 67108864",
    "limits.maxBodyBytes: must be a whole number from 1024 to 1073741824"
  )
  check(
    "and keys that are required",
    {
      [`${account}.type`]: REMOVED,
      [`${targets}[0].model`]: REMOVED,
      [`${destination}.endpoint`]: REMOVED,
      [`${jwt}.audience`]: REMOVED,
      [`${token}.models`]: REMOVED
    },
    "providerAccounts[0].type: is missing, add it",
    "virtualModels[0].routing.targets[0].model: is missing, add it",
    "access.jwt[0].audience: is missing, add it",
    "otel.destinations[0].endpoint: is missing, add it",
    `access.tokens[0].models: ${nothing}`
  )
  for (const document of [null, [], "text", 1, undefined]) {
    it(`of the whole: ${JSON.stringify(document)}`, () => {
      const [problem, ...others] = problemsOf(document, undefined)
      assert.match(problem ?? "", /^expected keys with values but this is /)
      assert.deepStrictEqual(others, [])
    })
  }
})

describe("names", () => {
  check(
    "have a syntax",
    {
      "providerAccounts[2].name": "my demo",
      [`${account}.models[1].name`]: "openai/gpt-4o",
      [`${destination}.name`]: "a.b",
      "virtualModels[0].name": "prod",
      [`${token}.subject`]: " ",
      [`${token}.models`]: ["claude/*"]
    },
    'providerAccounts[0].models[1].name: is no valid model name, use up to 127 letters, digits, ".", "_", ":", "@" and "-"; the provider\'s own name goes into "id"',
    'providerAccounts[2].name: is no valid name, use up to 63 letters, digits, ".", "_" and "-", a letter or digit first',
    "virtualModels[0].name: is no valid virtual model name, write it as group/name, for example prod/chat",
    "access.tokens[0].subject: is empty, write something or remove the key",
    'otel.destinations[0].name: is no valid name, use up to 63 letters, digits, "_" and "-", a letter or digit first',
    "access.jwt[0].models[0]: names no model, write it as account/model"
  )
  check(
    "are taken once",
    {
      "providerAccounts[3]": { name: "demo", type: "fake" },
      [`${account}.models[2]`]: { name: "gpt-4o" },
      "virtualModels[1]": { name: "prod/chat", routing: { type: "latency", targets: [{ model: "demo/echo" }] } },
      "virtualModels[2]": { name: "demo/echo", routing: { type: "latency", targets: [{ model: "demo/echo" }] } },
      "access.tokens[1]": { subject: "b", sha256: "ab".repeat(32), models: ["*"] },
      "access.jwt[1]": { issuer: "https://idp.acme.io", audience: "b", jwksUrl: "https://b", models: ["*"] },
      "otel.destinations[1]": { name: "middleware", endpoint: "https://b/v1/traces" }
    },
    "providerAccounts[0].models[2].name: is already the name of providerAccounts[0].models[1], choose another",
    "providerAccounts[3].name: is already the name of providerAccounts[2], choose another",
    "virtualModels[1].name: is already the name of virtualModels[0], choose another",
    "virtualModels[2].name: is already the name of providerAccounts[2].models[0], choose another",
    "otel.destinations[1].name: is already the name of otel.destinations[0], choose another",
    "access.tokens[1].sha256: is the token of access.tokens[0] too, remove one",
    "access.jwt[1].issuer: is the issuer of access.jwt[0] too, remove one"
  )
})

describe("references", () => {
  check(
    "must lead somewhere",
    {
      [`${targets}[0].model`]: "openai-man/gpt-4o-mini",
      [`${targets}[1].model`]: "sonnet",
      [`${targets}[2]`]: { model: "prod/chat" },
      [`${targets}[3]`]: { model: "nowhere" },
      [`${token}.models`]: ["prod/*", "open-ai/*", "prod/chit", "*"],
      [`${jwt}.models`]: ["nowhere"]
    },
    'virtualModels[0].routing.targets[0].model: names no model, did you mean "openai-main/gpt-4o-mini"?',
    'virtualModels[0].routing.targets[1].model: names no model, did you mean "claude/sonnet"?',
    "virtualModels[0].routing.targets[2].model: names a virtual model, a target must be account/model",
    "virtualModels[0].routing.targets[3].model: names no model, write it as account/model",
    "access.tokens[0].models[1]: matches no model, correct the pattern or remove it",
    'access.tokens[0].models[2]: names no model, did you mean "prod/chat"?',
    "access.jwt[0].models[0]: names no model, write it as account/model"
  )
  it("may stand in a document that is broken elsewhere", () => {
    assert.deepStrictEqual(
      after({
        [`${account}.models[0].pricee`]: {},
        "virtualModels[0].routing.targets[1].model": "claude/opus",
        captur: 1
      }),
      [
        'captur: unknown key, did you mean "capture"?',
        'providerAccounts[0].models[0].pricee: unknown key, did you mean "price"?',
        "virtualModels[0].routing.targets[1].model: names no model, write it as account/model"
      ]
    )
  })
  it("to models fail when there are none", () => {
    const document = { access: { tokens: [{ subject: "a", sha256: "0".repeat(64), models: ["*"] }] } }
    assert.deepStrictEqual(problemsOf(document, undefined), [
      "access.tokens[0].models[0]: matches no model, correct the pattern or remove it"
    ])
  })
})

describe("routing", () => {
  check("needs a target", { [targets]: [] }, "virtualModels[0].routing.targets: is empty, name at least one target")
  check(
    "by weight needs a weight",
    { [`${targets}[0].weight`]: 0, [`${targets}[1].weight`]: 0 },
    "virtualModels[0].routing.targets: has only weights of 0, give at least one target more"
  )
  check("by weight may rest a target", { [`${targets}[0].weight`]: 0 })
  check("by priority does not need one", {
    "virtualModels[0].routing.type": "priority",
    [`${targets}[0].weight`]: 0,
    [`${targets}[1].weight`]: 0
  })
})

describe("access", () => {
  check(
    "is by a token's SHA-256",
    { [`${token}.sha256`]: "sg-the-token-itself" },
    'access.tokens[0].sha256: is no SHA-256, write the 64 hex digits that `printf %s "$TOKEN" | sha256sum` prints'
  )
  check(
    "names models and algorithms",
    { [`${token}.models`]: [], [`${jwt}.algorithms`]: ["HS256"], [`${jwt}.jwksUrl`]: "idp.acme.io/jwks" },
    'access.tokens[0].models: is empty, name a model or write "*" for all',
    "access.jwt[0].jwksUrl: is no URL, it must begin with https:// or http://",
    'access.jwt[0].algorithms[0]: expected one of RS256, ES256, EdDSA, did you mean "RS256"?'
  )
  check(
    "needs an algorithm",
    { [`${jwt}.algorithms`]: [] },
    "access.jwt[0].algorithms: is empty, name at least one algorithm"
  )
  check("may come from a team that the token names", {
    [`${token}.models`]: REMOVED,
    "access.teams": [{ name: "ml", models: ["prod/*"] }]
  })
  check("may come from the subject's entry", {
    [`${token}.models`]: REMOVED,
    "access.subjects": [{ subject: "user:alice", models: ["prod/*"] }]
  })
  check("may come from a team of the subject's entry", {
    [`${token}.models`]: REMOVED,
    [`${token}.teams`]: REMOVED,
    [`${jwt}.models`]: REMOVED,
    "access.teams": [{ name: "eu", models: ["prod/*"] }],
    "access.subjects": [{ subject: "user:alice", teams: ["eu", "a label"] }]
  })
  check("of an issuer's tokens may come from the teams of their claim", {
    [`${jwt}.models`]: REMOVED,
    [`${jwt}.teamsClaim`]: "groups",
    "access.teams": [{ name: "eu", models: ["prod/*"] }]
  })
  check(
    "must come from somewhere",
    {
      [`${token}.models`]: REMOVED,
      [`${jwt}.models`]: REMOVED,
      "access.teams": [{ name: "eu", models: ["prod/*"] }],
      "access.subjects": [{ subject: "user:bob", teams: ["ml"] }]
    },
    `access.tokens[0].models: ${nothing}`,
    `access.jwt[0].models: ${nothing}`
  )
  check(
    "of teams and subjects is told apart by name and names models that there are",
    {
      "access.teams": [
        { name: "eu", models: ["prod/*"] },
        { name: "eu", models: ["prod/chit"] },
        { name: "us" },
        { name: "asia", models: [] }
      ],
      "access.subjects": [
        { subject: "user:alice", models: ["openai-main/*"] },
        { subject: "user:alice", models: ["open-ai/*"] },
        { subject: "user:bob" },
        { subject: "user:carol", teams: [] },
        { subject: "user:dave", teams: "ml", mdels: [] }
      ]
    },
    "access.teams[2].models: is missing, add it",
    'access.teams[3].models: is empty, name a model or write "*" for all',
    'access.subjects[4].mdels: unknown key, did you mean "models"?',
    "access.subjects[4].teams: expected a list but this is text",
    "access.teams[1].name: is already the name of access.teams[0], choose another",
    'access.teams[1].models[0]: names no model, did you mean "prod/chat"?',
    "access.subjects[1].subject: is the subject of access.subjects[0] too, remove one",
    "access.subjects[1].models[0]: matches no model, correct the pattern or remove it",
    "access.subjects[2]: gives its subject nothing, add models or teams, or remove it",
    "access.subjects[3]: gives its subject nothing, add models or teams, or remove it"
  )
})

describe("admin", () => {
  const admin = { name: "ci", role: "editor", sha256: "cd".repeat(32) }
  const issuer = { issuer: "https://idp.acme.io", audience: "spangate", jwksUrl: "https://idp.acme.io/jwks.json" }
  check("may trust whom access trusts", { "admin.tokens": [admin], "admin.jwt": [issuer] })
  check(
    "is told apart by name, token and issuer",
    {
      "admin.tokens": [admin, { ...admin, sha256: "CD".repeat(32) }],
      "admin.jwt": [issuer, issuer]
    },
    "admin.tokens[1].name: is already the name of admin.tokens[0], choose another",
    "admin.tokens[1].sha256: is the token of admin.tokens[0] too, remove one",
    "admin.jwt[1].issuer: is the issuer of admin.jwt[0] too, remove one"
  )
  check(
    "has roles and no models",
    {
      "admin.tokens": [{ name: "ci", role: "edtor", sha256: "cd".repeat(32), models: ["*"] }, { name: "x y" }],
      "admin.jwt": [{ issuer: "https://idp.acme.io", roleClaim: "r" }]
    },
    "admin.tokens[0].models: unknown key, remove it or use one of name, role, sha256",
    'admin.tokens[0].role: expected one of admin, editor, viewer, did you mean "editor"?',
    'admin.tokens[1].name: is no valid name, use up to 63 letters, digits, ".", "_" and "-", a letter or digit first',
    "admin.tokens[1].role: is missing, add it",
    "admin.tokens[1].sha256: is missing, add it",
    'admin.jwt[0].roleClaim: unknown key, did you mean "rolesClaim"?',
    "admin.jwt[0].audience: is missing, add it",
    "admin.jwt[0].jwksUrl: is missing, add it"
  )
})

describe("an account", () => {
  check(
    "has what its type needs",
    {
      "providerAccounts[3]": { name: "a", type: "openai" },
      "providerAccounts[4]": { name: "b", type: "openai-compatible" },
      "providerAccounts[5]": { name: "c", type: "azure-openai" },
      "providerAccounts[6]": { name: "d", type: "anthropic" }
    },
    "providerAccounts[3].apiKey: is missing, type openai needs it: write it or a reference such as ${API_KEY}",
    "providerAccounts[4].baseUrl: is missing, type openai-compatible needs it: write the provider's URL",
    "providerAccounts[5].baseUrl: is missing, type azure-openai needs it: write the provider's URL",
    "providerAccounts[5].apiKey: is missing, type azure-openai needs it: write it or a reference such as ${API_KEY}",
    'providerAccounts[5].apiVersion: is missing, type azure-openai needs it: write one such as "2024-10-21", or end baseUrl with /openai/v1',
    "providerAccounts[6].apiKey: is missing, type anthropic needs it: write it or a reference such as ${API_KEY}"
  )
  check(
    "has nothing its type has no use for",
    { "providerAccounts[2].baseUrl": "http://x", "providerAccounts[2].apiKey": "k", [`${account}.apiVersion`]: "v" },
    "providerAccounts[0].apiVersion: has no use with type openai, remove it",
    "providerAccounts[2].baseUrl: has no use with type fake, remove it",
    "providerAccounts[2].apiKey: has no use with type fake, remove it"
  )
  check("may be on plain http", { [`${account}.baseUrl`]: "http://127.0.0.1:9000/v1" })
  for (const [baseUrl, reason] of [
    ["api.openai.com/v1", "is no URL, it must begin with https:// or http://"],
    ["ftp://api.openai.com", "is no URL, it must begin with https:// or http://"],
    ["https://user:secret@api.openai.com/v1", "has a user or password in the URL, put it into headers"],
    ["https://api.openai.com/v1?x=1", 'has a "?" or "#", end it with the path']
  ]) {
    check(`has no ${baseUrl}`, { [`${account}.baseUrl`]: baseUrl }, `providerAccounts[0].baseUrl: ${reason}`)
  }
  check(
    "has a key that a header can carry",
    { [`${account}.apiKey`]: "sk-with-newline\n", "providerAccounts[1].apiKey": "" },
    "providerAccounts[0].apiKey: is empty or holds a character that no header can carry (a line end?)",
    "providerAccounts[1].apiKey: is empty or holds a character that no header can carry (a line end?)"
  )
  it("of type fake needs a program with the fake provider in it", () => {
    assert.deepStrictEqual(problemsOf(complete(), undefined), [
      "providerAccounts[2].type: this program has no fake provider, use a real one"
    ])
  })
})

describe("a destination", () => {
  check("has an address", { [`${destination}.endpoint`]: "acme:4318" }, `${destination}.endpoint: ${noUrl}`)
  check("may speak gRPC", { [`${destination}.protocol`]: "grpc", [`${destination}.endpoint`]: "https://acme.io:443" })
  check("may speak JSON", { [`${destination}.encoding`]: "json" })
  check(
    "over gRPC has neither a path nor JSON",
    { [`${destination}.protocol`]: "grpc", [`${destination}.encoding`]: "json" },
    `${destination}.endpoint: has a path, which grpc does not use: end it with host and port`,
    `${destination}.encoding: has no use with protocol grpc, which is always proto, remove it`
  )
  const grpc = { [`${destination}.protocol`]: "grpc", [`${destination}.endpoint`]: "https://acme.io:443" }
  check("over HTTP has headers of any name", { [`${destination}.headers`]: { "trace-bin": "a", "a!": "\u00e4" } })
  check("over gRPC has plain headers", { ...grpc, [`${destination}.headers`]: { "X_a.b-2": "a b", "x-binary": "c" } })
  for (const [headers, reason] of [
    [{ "X-Key-Bin": "a" }, "has a name that ends in -bin, which grpc keeps for bytes, rename or remove it"],
    [{ "x!": "a" }, "has a name that grpc cannot carry, use letters, digits, -, _ and ."],
    [{ "x-a": "\u00e4", "x-b": "a\tb" }, "has a value that grpc cannot carry, use printable ASCII"]
  ] as const) {
    check(
      `over gRPC has no header ${JSON.stringify(headers)}`,
      { ...grpc, [`${destination}.headers`]: headers },
      `${destination}.headers: ${reason}`
    )
  }
  for (const other of [
    { protocol: "grpc", endpoint: "http://acme.io:4317" },
    { encoding: "json", endpoint: "http://acme.io:4318/v1/traces" }
  ]) {
    check(
      `through the SDK's exporter has no ${JSON.stringify(other)}`,
      { [destination]: { name: "d", exporter: "otel-js", ...other } },
      `${destination}.exporter: otel-js speaks http in proto only, write native or remove the key`
    )
  }
  check(
    "has a client certificate with its key",
    { [`${destination}.clientCertificate`]: "-----BEGIN CERTIFICATE-----" },
    `${destination}.clientKey: is missing, clientCertificate needs it: write PEM or a path relative to this file`
  )
  check(
    "has a client key with its certificate",
    { [`${destination}.clientKey`]: "-----BEGIN PRIVATE KEY-----" },
    `${destination}.clientCertificate: is missing, clientKey needs it: write PEM or a path relative to this file`
  )
  check(
    "without TLS has neither",
    { [destination]: { name: "d", endpoint: "http://acme.io:4318", clientCertificate: "c", clientKey: "k" } },
    `${destination}.clientCertificate: has no use with an endpoint of http://, remove it`,
    `${destination}.clientKey: has no use with an endpoint of http://, remove it`
  )
  check(
    "masks by known kinds, or by a pattern",
    {
      [`${destination}.redaction`]: {
        allow: [],
        denyAttributes: [""],
        mask: [
          { kind: "custom" },
          { kind: "email", pattern: "x" },
          { kind: "emails" },
          { kind: "custom", pattern: "[", with: "hsh" },
          { kind: "custom", pattern: "x?" },
          { kind: "custom", pattern: "(a+)+$" },
          { pattern: "x" },
          { kind: "custom", pattern: "EMP\\d{6}" }
        ]
      }
    },
    `${destination}.redaction.allow: unknown key, remove it or use one of allowAttributes, denyAttributes, mask`,
    `${destination}.redaction.denyAttributes[0]: is empty, write something or remove the key`,
    `${destination}.redaction.mask[2].kind: expected one of api-key, email, card-number, custom, did you mean "email"?`,
    `${destination}.redaction.mask[3].pattern: is no valid regular expression`,
    `${destination}.redaction.mask[3].with: expected one of mask, hash, did you mean "hash"?`,
    `${destination}.redaction.mask[4].pattern: matches the empty text, it would mask everything`,
    `${destination}.redaction.mask[5].pattern: may search some texts for too long, give repeats a short bound ({1,20} instead of +), and use few of them`,
    `${destination}.redaction.mask[6].kind: is missing, add it`,
    `${destination}.redaction.mask[0].pattern: is missing, kind custom needs it: write a regular expression`,
    `${destination}.redaction.mask[1].pattern: has no use with kind email, remove it or write kind: custom`
  )
  check(
    "has a rate for those that are not sampled only where it respects that",
    { [`${destination}.sampling`]: { unsampledRate: 0.1 } },
    `${destination}.sampling.unsampledRate: has no use without parent: respect, write that or remove it`
  )
  check(
    "has a rate from 0 to 1",
    { [`${destination}.sampling`]: { parent: "respect", unsampledRate: 10, remoteParent: "both" } },
    `${destination}.sampling.unsampledRate: is no share, write a number from 0 to 1`,
    `${destination}.sampling.remoteParent: expected one of parent, link`
  )
  check(
    "answers a refused key in one of two ways",
    { [`${destination}.onUnauthorized`]: "stop" },
    `${destination}.onUnauthorized: expected one of pause, drop`
  )
  for (const [headers, reason] of [
    [{ "a b": "x" }, "has a name that no header can have"],
    [{ Authorization: "x", authorization: "y" }, "has authorization twice, remove one"],
    [{ "Content-Length": "1" }, "has content-length, which is the connection's own, remove it"],
    [{ Authorization: "a\r\nb: c" }, "is empty or holds a character that no header can carry (a line end?)"],
    [{ "the-key-itself": null }, "expected text but this is empty, fill it in or remove the key"]
  ] as const) {
    check(
      `has no headers ${JSON.stringify(headers)}`,
      { [`${destination}.headers`]: headers },
      `otel.destinations[0].headers: ${reason}`
    )
  }
})

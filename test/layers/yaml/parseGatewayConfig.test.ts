// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the syntax under test
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { stringify } from "yaml"
import { parseGatewayConfig } from "../../../src/layers/yaml/parseGatewayConfig.ts"
import type { CompiledConfig } from "../../../src/services/config/CompiledConfig.ts"
import { formatProblem } from "../../../src/services/config/Problem.ts"
import { complete } from "../../services/config/documents.ts"

const parse = (text: string, env: Record<string, string> = {}) =>
  parseGatewayConfig(text, { file: "spangate.yaml", env, fakeOrigin: "http://127.0.0.1:4000" })

const linesOf = (text: string, env: Record<string, string> = {}): ReadonlyArray<string> => {
  const result = parse(text, env)
  return Result.isFailure(result) ? result.failure.map(formatProblem) : []
}

const valid = (text: string, env: Record<string, string> = {}): CompiledConfig =>
  Result.getOrThrowWith(parse(text, env), (problems) => new Error(problems.map(formatProblem).join("\n")))

/** The example of the design, with its elisions filled in. */
const example = `resource: { service.name: spangate-eu, deployment.environment.name: staging }
capture: full                       # full | metadata
providerAccounts:
  - name: openai-main
    type: openai
    baseUrl: https://api.openai.com/v1
    apiKey: \${OPENAI_API_KEY}
    models:
      - { name: gpt-4o-mini, id: gpt-4o-mini, price: { inputPerMillion: 0.15, outputPerMillion: 0.6, cachedInputPerMillion: 0.075 } }
  - name: anthropic-main
    type: anthropic
    apiKey: \${ANTHROPIC_API_KEY}
    models: [{ name: claude-sonnet }]
virtualModels:
  - name: prod/chat
    routing:
      type: weight                  # weight | priority | latency
      targets:
        - { model: openai-main/gpt-4o-mini, weight: 70, retry: { attempts: 2, delayMs: 100, onStatusCodes: [429, 500, 502, 503] }, fallbackStatusCodes: [401, 403, 404, 429, 500, 502, 503] }
        - { model: anthropic-main/claude-sonnet, weight: 30 }
access:
  tokens:
    - { subject: "user:alice", teams: [ml], sha256: "${"0a".repeat(32)}", models: ["prod/*", "openai-main/gpt-4o-mini"] }
  jwt:
    - { issuer: https://idp.acme.io, audience: spangate, jwksUrl: https://idp.acme.io/jwks.json, algorithms: [RS256, ES256, EdDSA], subjectClaim: sub, models: ["prod/chat"] }
otel:
  destinations:
    - name: middleware
      endpoint: https://acme.middleware.io:443/v1/traces
      protocol: http                # http | grpc
      encoding: proto               # proto | json
      headers: { Authorization: "\${MIDDLEWARE_API_KEY}" }     # raw key, no scheme
      excludeRequestData: true
      compression: gzip
      resource: { deployment: eu-1 }
`
const env = { OPENAI_API_KEY: "sk-openai", ANTHROPIC_API_KEY: "sk-ant", MIDDLEWARE_API_KEY: "mw" }

describe("parseGatewayConfig", () => {
  it("reads the example of the design", () => {
    const config = valid(example, env)
    assert.deepStrictEqual(
      [...config.routes.keys()],
      ["openai-main/gpt-4o-mini", "anthropic-main/claude-sonnet", "prod/chat"]
    )
    assert.deepStrictEqual(config.resource, { "service.name": "spangate-eu", "deployment.environment.name": "staging" })
    const { headers } = config.routes.get("openai-main/gpt-4o-mini")!.targets[0]!.target.account
    assert.deepStrictEqual(headers, { authorization: "Bearer sk-openai" })
    assert.strictEqual(Redacted.value(config.destinations[0]!.headers["authorization"]!), "mw")
  })

  it("names line and column of every problem, in the order of the file", () => {
    const text = `resource: { service.name: a }
captur: full
providerAccounts:
  - name: openai-main
    type: openai
    apiKey: \${OPENAI_API_KEY}
    baseUrl: \${OPENAI_URL}
    models:
      - name: gpt
        pricee: { inputPerMillion: 1 }
      - { name: gpt-4, price: { inputPerMillion: free } }
virtualModels:
  - name: prod/chat
    routing:
      type: weight
      targets:
        - model: openai-main/gpt-5
otel:
  destinations:
    - name: middleware
      protocol: grpc
      encoding: json
      headers:
        Authorization: \${MIDDLEWARE_API_KEY}
`
    assert.deepStrictEqual(linesOf(text, { OPENAI_API_KEY: "sk" }), [
      'spangate.yaml:2:1 captur: unknown key, did you mean "capture"?',
      "spangate.yaml:7:5 providerAccounts[0].baseUrl: environment variable OPENAI_URL is not set, set it or write $${ where ${ itself is meant",
      'spangate.yaml:10:9 providerAccounts[0].models[0].pricee: unknown key, did you mean "price"?',
      "spangate.yaml:11:33 providerAccounts[0].models[1].price.inputPerMillion: expected a number but this is text",
      'spangate.yaml:17:11 virtualModels[0].routing.targets[0].model: names no model, did you mean "openai-main/gpt-4"?',
      "spangate.yaml:20:7 otel.destinations[0].endpoint: is missing, add it",
      "spangate.yaml:22:7 otel.destinations[0].encoding: has no use with protocol grpc, which is always proto, remove it",
      "spangate.yaml:24:9 otel.destinations[0].headers: environment variable MIDDLEWARE_API_KEY is not set, set it or write $${ where ${ itself is meant"
    ])
  })

  it("points into an anchor for what an alias repeats", () => {
    const text = `providerAccounts:
  - &a { name: a, type: fake, modls: [] }
  - *a
`
    assert.deepStrictEqual(linesOf(text), [
      "spangate.yaml:2:10 providerAccounts[1].name: is already the name of providerAccounts[0], choose another",
      'spangate.yaml:2:31 providerAccounts[0].modls: unknown key, did you mean "models"?',
      'spangate.yaml:2:31 providerAccounts[1].modls: unknown key, did you mean "models"?'
    ])
  })

  const syntax: ReadonlyArray<readonly [text: string, line: string]> = [
    ["", "1:1 is empty"],
    ["# nothing\n---\n", "1:1 is empty"],
    ["a: b: c", '1:4 has two ":" in one line, put a value that contains ": " in quotes'],
    ["capture: full\n\tresource: {}", "2:1 is indented with a tab, use spaces"],
    ["capture: *c", "1:10 uses an alias (*name) without an anchor (&name) before it"],
    ["resource: &r { a: *r }", "1:19 has an alias (*name) inside its own anchor (&name)"],
    ["capture: full\n---\ncapture: full", '2:1 holds a second document, remove the line "---"'],
    ["? [a]\n: b", "1:3 has a key that is not text"],
    ['capture: "\\q"', "1:11 has an unknown escape in double quotes, write \\\\ for a backslash or use single quotes"],
    ["capture: 'full", '1:15 lacks a character: a space after ":", a comma, or a closing quote or bracket'],
    ["resource: { a: ${A} }", '1:17 has a ${NAME} between { } or [ ], put it in quotes there: "${NAME}"'],
    ["capture: @full", "1:10 begins with a character that YAML reserves, put the value in quotes"]
  ]
  for (const [text, line] of syntax) {
    it(`${JSON.stringify(text.slice(0, 40))} ${line}`, () =>
      assert.deepStrictEqual(linesOf(text), [`spangate.yaml:${line}`]))
  }

  it("goes on after a key that stands twice, or an unknown tag", () => {
    assert.deepStrictEqual(linesOf("capture: full\ncapture: !secret metadata\nresourc: {}\n"), [
      "spangate.yaml:2:1 has a key that stands here twice, remove one",
      "spangate.yaml:2:10 has a tag (!name) that is not known here, remove it",
      'spangate.yaml:3:1 resourc: unknown key, did you mean "resource"?'
    ])
  })

  it("refuses what is nested too deeply", () => {
    for (const text of ["[".repeat(20_000), "{a: ".repeat(20_000), "- ".repeat(20_000)]) {
      assert.match(linesOf(text).join(), /^spangate\.yaml:1:\d+ is nested too deeply$/)
    }
  })

  it("refuses aliases that multiply", () => {
    const rows = ["a: &a0 [x, x, x, x, x, x, x, x, x]"]
    for (let i = 1; i < 9; i++)
      rows.push(
        `b${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(", ")}]`
      )
    assert.deepStrictEqual(linesOf(rows.join("\n")), [
      "spangate.yaml:1:1 uses aliases (*name) too often, write the values out"
    ])
  })

  it("lets no variable change the structure", () => {
    const text = 'resource: { a: "${V}" }'
    assert.strictEqual(valid(text, { V: "x }\ncapture: metadata\n" }).resource["a"], "x }\ncapture: metadata\n")
    assert.deepStrictEqual(linesOf('limits: { maxBodyBytes: "${V}" }', { V: "5000" }), [
      "spangate.yaml:1:11 limits.maxBodyBytes: expected a number but this is text"
    ])
  })
})

describe("the revision", () => {
  it("is 12 hex digits of the content, whatever its layout", () => {
    const { revision } = valid(example, env)
    assert.match(revision, /^[0-9a-f]{12}$/)
    assert.strictEqual(valid(`# a comment\n${example}`, env).revision, revision)
    const [first, ...rest] = example.split("\n")
    assert.strictEqual(valid([...rest, first].join("\n"), env).revision, revision)
  })

  it("changes with a value and with a secret", () => {
    const { revision } = valid(example, env)
    assert.notStrictEqual(valid(example.replace("weight: 30", "weight: 31"), env).revision, revision)
    assert.notStrictEqual(valid(example, { ...env, OPENAI_API_KEY: "sk-other" }).revision, revision)
  })
})

const count = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

describe("for all documents", () => {
  const sizes = { accounts: count(4), models: count(4), virtual: count(4), tokens: count(4), destinations: count(3) }

  it.prop("valid ones compile, and twice to the same", sizes, (size) => {
    const indexes = (length: number) => Array.from({ length }, (_, index) => index)
    const models = size.accounts * size.models
    const text = stringify({
      providerAccounts: indexes(size.accounts).map((i) => ({
        name: `acc${i}`,
        type: "fake",
        models: indexes(size.models).map((j) => ({ name: `m${j}` }))
      })),
      virtualModels: indexes(models === 0 ? 0 : size.virtual).map((i) => ({
        name: `v/${i}`,
        routing: { type: "priority", targets: [{ model: "acc0/m0" }, { model: `acc${i % size.accounts}/m0` }] }
      })),
      access: {
        tokens: indexes(models === 0 ? 0 : size.tokens).map((i) => ({
          subject: `s${i}`,
          sha256: String(i).repeat(64),
          models: ["*/m*"]
        }))
      },
      otel: { destinations: indexes(size.destinations).map((i) => ({ name: `d${i}`, endpoint: `http://h/${i}` })) }
    })
    const config = valid(text)
    assert.strictEqual(config.routes.size, models + (models === 0 ? 0 : size.virtual))
    assert.strictEqual(JSON.stringify(plain(valid(text))), JSON.stringify(plain(config)))
  })

  const fragments = Schema.Array(
    Schema.Literals([
      "providerAccounts",
      "models",
      "name",
      "type",
      "access",
      "tokens",
      "otel",
      "headers",
      "resource",
      "price",
      "routing",
      "fake",
      "a",
      "*",
      "&a ",
      "*a",
      "!t ",
      ": ",
      ":",
      "- ",
      "\n",
      "\n  ",
      "\n    ",
      "{",
      "}",
      "[",
      "]",
      ", ",
      '"',
      "'",
      "#",
      "$" + "{X}",
      "$" + "{",
      "0",
      "-1",
      ".nan",
      "null",
      "~",
      "true",
      "|\n",
      "?",
      "__proto__",
      "<<",
      "\t",
      "\u0000",
      "\ud800",
      "é"
    ])
  ).check(Schema.isMaxLength(40))

  it.prop("no text makes it throw, and every refusal says where and why", { fragments }, ({ fragments }) => {
    for (const line of linesOf(fragments.join(""))) assert.match(line, /^spangate\.yaml:\d+:\d+ \S/)
  })

  const leaf = Schema.Union([Schema.Null, Schema.Boolean, Schema.Finite, Schema.String])

  it.prop(
    "no value in any place makes it throw",
    { place: count(200), value: Schema.Union([leaf, Schema.Array(leaf), Schema.Record(Schema.String, leaf)]) },
    ({ place, value }) => {
      const document = complete()
      const places = placesIn(document)
      const [owner, key] = places[place % places.length]!
      owner[key] = value
      for (const line of linesOf(stringify(document))) assert.match(line, /^spangate\.yaml:\d+:\d+ \S/)
    }
  )

  it.prop(
    "no slip of the pen makes it tell a secret",
    {
      at: Schema.Array(count(10_000)).check(Schema.isBetweenLength(1, 4)),
      what: Schema.Literals([
        "",
        " ",
        "\n",
        ":",
        ": ",
        ",",
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        "#",
        "&",
        "*",
        "!",
        "$" + "{",
        "- ",
        "x"
      ]),
      fromEnvironment: Schema.Boolean
    },
    ({ at, fromEnvironment, what }) => {
      const secret = (name: string) => (fromEnvironment ? `$\{${name}}` : canaries[name])
      let text = `providerAccounts:
  - name: a
    type: openai
    apiKey: ${secret("ONE")}
    headers: { x-key: "${secret("TWO")}", x-other: "${secret("THREE")}" }
    models: [{ name: m }]
  - { name: b, type: anthropic, apiKey: "${secret("FOUR")}" }
otel:
  destinations:
    - name: d
      endpoint: https://example.org/v1/traces
      headers:
        Authorization: ${secret("FIVE")}
        x-more: "${secret("SIX")}"
      clientCertificate: c.pem
      clientKey: "${secret("SEVEN")}"
`
      for (const place of at) {
        const position = place % text.length
        // Replaces one character, or removes it.
        text = text.slice(0, position) + what + text.slice(position + 1)
      }
      const result = parse(text, canaries)
      if (Result.isSuccess(result)) return
      const told = `${JSON.stringify(result.failure)} ${result.failure.map(formatProblem).join(" ")}`
      for (const canary of Object.values(canaries)) {
        for (const part of [canary.slice(0, 12), canary.slice(-12)]) assert.notInclude(told, part)
      }
    },
    { arbitrary: { runs: 2000 } }
  )
})

const canaries: Record<string, string> = {
  ONE: "sk-proj-AAcanaryAAcanaryAAcanaryAAcanary",
  TWO: "BBcanaryBBcanaryBBcanaryBBcanaryBBcanary",
  THREE: "CCcanary/CCcanary+CCcanary=CCcanary",
  FOUR: "sk-ant-DDcanaryDDcanaryDDcanaryDDcanary",
  FIVE: "EEcanaryEEcanaryEEcanaryEEcanaryEEcanary",
  SIX: "FFcanary FFcanary FFcanary FFcanary",
  SEVEN: "-----BEGIN PRIVATE KEY-----GGcanaryGGcanaryGGcanaryGGcanary"
}

/** Maps as lists, for comparing; functions fall out. */
const plain = (value: unknown): unknown => {
  if (value instanceof Map || value instanceof Set) return [...value].map(plain)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

const placesIn = (value: object): ReadonlyArray<readonly [owner: { [key: string]: unknown }, key: string]> =>
  Object.entries(value).flatMap(([key, item]) => [
    [value as { [key: string]: unknown }, key] as const,
    ...(typeof item === "object" && item !== null ? placesIn(item) : [])
  ])

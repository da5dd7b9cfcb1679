import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { CompiledConfig, Target } from "../../../src/services/config/CompiledConfig.ts"
import { compile } from "../../../src/services/config/compile.ts"
import { complete, put, REMOVED } from "./documents.ts"

const compiled = (document: unknown): CompiledConfig =>
  Result.getOrThrowWith(
    compile(document, { revision: "0123456789ab", fakeOrigin: "http://127.0.0.1:4000" }),
    (problems) => new Error(JSON.stringify(problems))
  )

const targetOf = (account: object, model: object = { name: "m" }): Target =>
  compiled({ providerAccounts: [{ name: "acc", models: [model], ...account }] }).routes.get("acc/m")!.targets[0]!.target

describe("compile", () => {
  it("fills in what was left out", () => {
    const config = compiled({})
    assert.strictEqual(config.revision, "0123456789ab")
    assert.strictEqual(config.capture, "full")
    assert.strictEqual(config.maxBodyBytes, 20_971_520)
    // Where the service's name is from if not from here, the environment has a say in.
    assert.deepStrictEqual(config.resource, {})
    assert.strictEqual(config.routes.size, 0)
    assert.deepStrictEqual(config.destinations, [])
  })

  it("resolves every name a client may ask for", () => {
    const { routes } = compiled(complete())
    assert.deepStrictEqual(
      [...routes.values()].map(({ name, strategy, targets }) => [
        name,
        strategy,
        targets.map(({ target }) => target.fqn)
      ]),
      [
        ["openai-main/gpt-4o-mini", "direct", ["openai-main/gpt-4o-mini"]],
        ["openai-main/gpt-4o", "direct", ["openai-main/gpt-4o"]],
        ["claude/sonnet", "direct", ["claude/sonnet"]],
        ["demo/echo", "direct", ["demo/echo"]],
        ["prod/chat", "weight", ["openai-main/gpt-4o-mini", "claude/sonnet"]]
      ]
    )
  })

  it("retries and falls back as TrueFoundry does, on virtual models only", () => {
    const { routes } = compiled(complete())
    const [first, second] = routes.get("prod/chat")!.targets
    assert.deepStrictEqual(first?.retry, { attempts: 1, delayMs: 100, onStatusCodes: new Set([429, 500, 502, 503]) })
    assert.deepStrictEqual(first?.fallbackStatusCodes, new Set([500]))
    assert.deepStrictEqual(second?.retry, { attempts: 2, delayMs: 100, onStatusCodes: new Set([429, 500, 502, 503]) })
    assert.deepStrictEqual(second?.fallbackStatusCodes, new Set([401, 403, 404, 429, 500, 502, 503]))
    assert.deepStrictEqual([first?.weight, second?.weight, first?.priority, second?.priority], [70, 30, 0, 1])
    assert.strictEqual(routes.get("claude/sonnet")?.targets[0]?.retry.attempts, 0)
  })

  it("shares one account between its models", () => {
    const { routes } = compiled(complete())
    const account = (route: string) => routes.get(route)?.targets[0]?.target.account
    assert.strictEqual(account("openai-main/gpt-4o"), account("openai-main/gpt-4o-mini"))
  })

  it("lets callers use what they were given", () => {
    const config = compiled(complete())
    const alice = config.tokens.get("ab".repeat(32))
    assert.deepStrictEqual([alice?.subject, alice?.teams], ["user:alice", ["ml"]])
    assert.deepStrictEqual(
      ["prod/chat", "openai-main/gpt-4o", "openai-main/gpt-4o-mini"].map((model) => alice?.mayUse(model)),
      [true, true, false]
    )
    const { mayUse, principal, ...issuer } = config.jwtIssuers.get("https://idp.acme.io")!
    assert.deepStrictEqual(issuer, {
      issuer: "https://idp.acme.io",
      audience: "spangate",
      jwksUrl: "https://idp.acme.io/jwks.json",
      algorithms: ["RS256", "ES256", "EdDSA"],
      subjectClaim: "sub"
    })
    assert.isTrue(mayUse("prod/chat"))
    assert.isFalse(mayUse("claude/sonnet"))
    const bob = principal?.("user:bob", ["ml"])
    assert.deepStrictEqual([bob?.subject, bob?.teams, bob?.mayUse("prod/chat")], ["user:bob", ["ml"], true])
  })

  it("adds what teams and subjects may use to what callers come with", () => {
    const document = complete()
    put(document, "access.teams", [
      { name: "ml", models: ["claude/sonnet"] },
      { name: "ops", models: ["demo/*"] }
    ])
    put(document, "access.subjects", [
      { subject: "user:alice", teams: ["ops", "ml"], models: ["openai-main/gpt-4o-mini"] },
      { subject: "user:bob", teams: ["label"] }
    ])
    put(document, "access.jwt[0].teamsClaim", "groups")
    const config = compiled(document)
    const models = [...config.routes.keys()]
    const principal = config.jwtIssuers.get("https://idp.acme.io")?.principal

    const alice = config.tokens.get("ab".repeat(32))
    assert.deepStrictEqual(alice?.teams, ["ml", "ops"])
    assert.deepStrictEqual(models.filter(alice!.mayUse), models)

    const bob = principal?.("user:bob", ["ops", "unknown"])
    assert.deepStrictEqual(bob?.teams, ["ops", "unknown", "label"])
    assert.deepStrictEqual(models.filter(bob!.mayUse), ["demo/echo", "prod/chat"])

    const carol = principal?.("user:carol", [])
    assert.deepStrictEqual([carol?.teams, models.filter(carol!.mayUse)], [[], ["prod/chat"]])
  })

  it("lets nobody without models of any kind use anything", () => {
    const document = complete()
    put(document, "access.jwt[0].models", REMOVED)
    put(document, "access.subjects", [{ subject: "user:alice", models: ["*"] }])
    const config = compiled(document)
    const { mayUse, principal } = config.jwtIssuers.get("https://idp.acme.io")!
    assert.isFalse(mayUse("prod/chat"))
    assert.isFalse(principal?.("user:bob", [""]).mayUse("prod/chat"))
    assert.isTrue(principal?.("user:alice", []).mayUse("prod/chat"))
  })

  it("knows who may operate", () => {
    const document = complete()
    const issuer = { issuer: "https://idp.acme.io", audience: "spangate", jwksUrl: "https://idp.acme.io/jwks.json" }
    put(document, "admin.tokens", [{ name: "ci", role: "editor", sha256: "CD".repeat(32) }])
    put(document, "admin.jwt", [issuer])
    const { admin } = compiled(document)
    assert.deepStrictEqual([...admin!.tokens], [["cd".repeat(32), { name: "ci", role: "editor" }]])
    assert.deepStrictEqual(admin?.issuers.get("https://idp.acme.io"), {
      ...issuer,
      algorithms: ["RS256", "ES256", "EdDSA"],
      subjectClaim: "sub",
      rolesClaim: "roles"
    })
  })

  it("keeps a destination's secrets redacted", () => {
    const [destination] = compiled(complete()).destinations
    const { headers, ...rest } = destination!
    assert.strictEqual(Redacted.value(headers["authorization"]!), "mw-key")
    assert.notInclude(JSON.stringify(destination), "mw-key")
    assert.deepStrictEqual(rest, {
      name: "middleware",
      endpoint: "https://acme.middleware.io:443/v1/traces",
      protocol: "http",
      encoding: "proto",
      excludeRequestData: true,
      compression: "gzip",
      resource: { deployment: "eu-1" },
      timeoutMs: 10_000,
      maxBatchBytes: 4_000_000,
      maxBatchSpans: 8192,
      onUnauthorized: "pause",
      redaction: { denyAttributes: [], mask: [] },
      sampling: { parent: "ignore", unsampledRate: 0, remoteParent: "parent" },
      exporter: "native"
    })
  })

  it("keeps a client's key redacted, lines and all", () => {
    const document = complete()
    const key = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n"
    put(document, "otel.destinations[0].clientCertificate", "-----BEGIN CERTIFICATE-----")
    put(document, "otel.destinations[0].clientKey", key)
    const [destination] = compiled(document).destinations
    assert.strictEqual(destination?.clientKey && Redacted.value(destination.clientKey), key)
    assert.notInclude(JSON.stringify(destination), "abc")
  })

  it("fills in what a destination's redaction and sampling leave out", () => {
    const document = complete()
    put(document, "otel.destinations[0].redaction", { allowAttributes: ["gen_ai.*"], mask: [{ kind: "email" }] })
    put(document, "otel.destinations[0].sampling", { parent: "respect" })
    const [destination] = compiled(document).destinations
    assert.deepStrictEqual(destination?.redaction, {
      allowAttributes: ["gen_ai.*"],
      denyAttributes: [],
      mask: [{ kind: "email", with: "mask" }]
    })
    assert.deepStrictEqual(destination?.sampling, { parent: "respect", unsampledRate: 0, remoteParent: "parent" })
  })
})

describe("a provider account", () => {
  it("of type openai", () => {
    const target = targetOf({ type: "openai", apiKey: "k" }, { name: "m", id: "gpt", price: { inputPerMillion: 1 } })
    assert.deepStrictEqual(target, {
      fqn: "acc/m",
      modelName: "m",
      modelId: "gpt",
      price: { inputPerMillion: 1 },
      paths: {
        chat_completions: "/v1/chat/completions",
        completions: "/v1/completions",
        embeddings: "/v1/embeddings",
        responses: "/v1/responses"
      },
      account: {
        name: "acc",
        type: "openai",
        api: "openai",
        providerName: "openai",
        origin: "https://api.openai.com",
        serverAddress: "api.openai.com",
        serverPort: 443,
        headers: { authorization: "Bearer k" },
        propagateTrace: false
      }
    })
  })

  it("of type anthropic, with its timeouts", () => {
    const target = compiled(complete()).routes.get("claude/sonnet")!.targets[0]!.target
    assert.deepStrictEqual(target.paths, { messages: "/v1/messages" })
    assert.deepStrictEqual(target.account, {
      name: "claude",
      type: "anthropic",
      api: "anthropic",
      providerName: "anthropic",
      origin: "https://api.anthropic.com",
      serverAddress: "api.anthropic.com",
      serverPort: 443,
      headers: { "anthropic-version": "2023-06-01", "x-api-key": "sk-ant" },
      propagateTrace: true,
      timeoutMs: 60_000,
      timeToFirstTokenTimeoutMs: 5000
    })
  })

  for (const [baseUrl, path] of [
    ["https://proxy.acme.io/claude", "/claude/v1/messages"],
    ["https://proxy.acme.io/claude/v1/", "/claude/v1/messages"]
  ]) {
    it(`of type anthropic at ${baseUrl}`, () => {
      assert.strictEqual(targetOf({ type: "anthropic", apiKey: "k", baseUrl }).paths.messages, path)
    })
  }

  for (const baseUrl of ["https://acme.openai.azure.com", "https://acme.openai.azure.com/openai/"]) {
    it(`of type azure-openai at ${baseUrl}`, () => {
      const { account, paths } = targetOf(
        { type: "azure-openai", apiKey: "k", baseUrl, apiVersion: "2024-10-21" },
        { name: "m", id: "my deployment" }
      )
      assert.deepStrictEqual(paths, {
        chat_completions: "/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21",
        completions: "/openai/deployments/my%20deployment/completions?api-version=2024-10-21",
        embeddings: "/openai/deployments/my%20deployment/embeddings?api-version=2024-10-21",
        responses: "/openai/v1/responses"
      })
      assert.deepStrictEqual(account.headers, { "api-key": "k" })
      assert.deepStrictEqual([account.api, account.providerName], ["openai", "azure.ai.openai"])
    })
  }

  it("of type azure-openai with the newer API, which needs no version", () => {
    const account = { type: "azure-openai", apiKey: "k", baseUrl: "https://acme.openai.azure.com/openai/v1" }
    assert.strictEqual(targetOf(account).paths.chat_completions, "/openai/v1/chat/completions")
    assert.strictEqual(targetOf(account).paths.responses, "/openai/v1/responses")
    assert.strictEqual(
      targetOf({ ...account, apiVersion: "preview" }).paths.embeddings,
      "/openai/v1/embeddings?api-version=preview"
    )
  })

  it("of type openai-compatible, on plain http and without a key", () => {
    const { account, paths } = targetOf({ type: "openai-compatible", baseUrl: "http://[::1]:11434/v1/" })
    assert.strictEqual(paths.chat_completions, "/v1/chat/completions")
    assert.deepStrictEqual(
      [account.origin, account.serverAddress, account.serverPort, account.providerName, account.headers],
      ["http://[::1]:11434", "::1", 11434, "acc", {}]
    )
  })

  it("of type fake, where the fake provider listens", () => {
    const { account, paths } = targetOf({ type: "fake" })
    assert.strictEqual(paths.chat_completions, "/v1/chat/completions")
    assert.deepStrictEqual([account.origin, account.serverPort, account.headers], ["http://127.0.0.1:4000", 4000, {}])
  })

  it("may send headers of its own, over the usual ones", () => {
    const { headers } = targetOf({
      type: "openai",
      apiKey: "k",
      headers: { Authorization: "Basic x", "X-Team": "ml" }
    }).account
    assert.deepStrictEqual(headers, { authorization: "Basic x", "x-team": "ml" })
  })

  const hosts: ReadonlyArray<readonly [baseUrl: string, name: string]> = [
    ["https://api.groq.com/openai/v1", "groq"],
    ["https://api.mistral.ai/v1", "mistral_ai"],
    ["https://api.deepseek.com", "deepseek"],
    ["https://api.x.ai/v1", "x_ai"],
    ["https://us-east-1.api.x.ai/v1", "x_ai"],
    ["https://api.perplexity.ai", "perplexity"],
    ["https://api.together.xyz/v1", "together"],
    ["https://generativelanguage.googleapis.com/v1beta/openai", "gcp.gemini"],
    ["https://notapi.x.ai.example.org/v1", "acc"],
    ["https://fapi.x.ai/v1", "acc"]
  ]
  for (const [baseUrl, name] of hosts) {
    it(`at ${baseUrl} is ${name} in traces`, () => {
      assert.strictEqual(targetOf({ type: "openai-compatible", baseUrl }).account.providerName, name)
    })
  }

  it("is in traces what it says it is", () => {
    const account = { type: "openai-compatible", baseUrl: "https://api.groq.com/openai/v1", provider: "acme" }
    assert.strictEqual(targetOf(account).account.providerName, "acme")
  })
})

describe("a destination", () => {
  const destinations = (...entries: ReadonlyArray<object>) =>
    Result.getOrThrow(compile({ otel: { destinations: entries } }, { revision: "r" })).destinations

  it("that is switched off is as if it were not there", () => {
    const [on, off] = [
      { name: "on", endpoint: "https://a.example/v1/traces" },
      { name: "off", endpoint: "https://b.example/v1/traces", enabled: false }
    ]
    assert.deepStrictEqual(
      destinations(on, off).map(({ name }) => name),
      ["on"]
    )
    assert.notProperty(destinations(on)[0], "enabled")
  })

  it("may say where its page of a trace is, which is the dashboard's to know", () => {
    const entry = { name: "on", endpoint: "https://a.example/v1/traces" }
    assert.notProperty(destinations({ ...entry, traceUrl: "https://a.example/t/{traceId}" })[0], "traceUrl")
    const refused = compile(
      { otel: { destinations: [{ ...entry, traceUrl: "https://a.example" }] } },
      { revision: "r" }
    )
    assert.deepStrictEqual(Result.getOrThrow(Result.flip(refused)), [
      { path: "otel.destinations[0].traceUrl", reason: "has no {traceId}, write it where the id belongs" }
    ])
  })
})

import Anthropic from "@anthropic-ai/sdk"
import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import OpenAI from "openai"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { attributes as table } from "../../src/services/trace/attributes.ts"
import type { Span } from "../conformance/assertConformant.ts"
import { AUDIENCE, ISSUER, jwksOf, sign, signingKey } from "../layers/jose/identityProvider.ts"
import { document, idpServer } from "../layers/jose/idpServer.ts"
import { ask } from "./kit/ask.ts"
import { ANTHROPIC_KEY, configuration, configure, destination, OPENAI_KEY, sha256, TOKEN } from "./kit/configuration.ts"
import { serving } from "./kit/Program.ts"
import { temporaryDirectory } from "./kit/temporaryDirectory.ts"
import { conformantSpans, untilTraces } from "./kit/traces.ts"
import { DESTINATION_KEY, world } from "./kit/world.ts"

const INTERNAL = 1
const SERVER = 2
const CLIENT = 3

/** In a request, and so in the answer of a provider that says back what it hears. */
const CANARY = "canary-of-the-content"

const weather = { type: "object" as const, properties: { city: { type: "string", description: CANARY } } }

const refusedOnly = () => assert.fail("this should have been refused")

/** What the two official clients do: chats, streams, tools, the other APIs, and three requests that are refused. */
const traffic = async (url: string, fetch: typeof globalThis.fetch) => {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: TOKEN, maxRetries: 0, fetch })
  const anthropic = new Anthropic({ baseURL: url, apiKey: TOKEN, maxRetries: 0, fetch })
  const messages = [
    { role: "system" as const, content: `Be kind. ${CANARY}` },
    { role: "user" as const, content: `Use the weather tool, 🌍 ${CANARY}` }
  ]
  const tools = [{ type: "function" as const, function: { name: "weather", description: CANARY, parameters: weather } }]
  for (const model of ["openai/echo", "claude/sonnet", "prod/chat"]) {
    await openai.chat.completions.create({ model, messages, temperature: 1, max_tokens: 50 })
    await openai.chat.completions.stream({ model, messages }).finalChatCompletion()
    await openai.chat.completions.stream({ model, messages, tools, tool_choice: "required" }).finalChatCompletion()
    await anthropic.messages.create({
      model,
      max_tokens: 50,
      system: CANARY,
      messages: [{ role: "user", content: CANARY }],
      tools: [{ name: "weather", input_schema: weather }],
      tool_choice: { type: "any" }
    })
    await anthropic.messages
      .stream({ model, max_tokens: 50, messages: [{ role: "user", content: CANARY }] })
      .finalMessage()
  }
  await openai.embeddings.create({ model: "openai/echo", input: CANARY })
  await openai.completions.create({ model: "openai/echo", prompt: CANARY, stop: [CANARY] })
  await openai.models.list()
  await openai.chat.completions.create({ model: "openai/refused", messages }).then(refusedOnly, () => {})
  await openai.chat.completions.create({ model: "openai/nothing", messages }).then(refusedOnly, () => {})
  await new OpenAI({ baseURL: `${url}/v1`, apiKey: "sg-canary-wrong", maxRetries: 0, fetch }).models
    .list()
    .then(refusedOnly, () => {})
}

it.live("what the official clients do becomes traces as the contract has them, without a secret", () =>
  Effect.gen(function* () {
    const provider = yield* FakeProvider
    const middleware = yield* FakeMiddleware
    const directory = yield* temporaryDirectory
    const idp = yield* idpServer
    const key = yield* signingKey("ES256", "k1")
    idp.respond = document(jwksOf(key))
    const jwt = yield* sign(key, { exp: Math.floor(Date.now() / 1000) + 3600, sub: "user:bob" })
    configure(
      directory,
      configuration({
        provider: provider.origin,
        destinations: [destination(middleware)],
        models: ["{ name: refused, id: fault-400 }"],
        access: `
  tokens: [{ subject: "user:alice", teams: [ml], sha256: ${sha256(TOKEN)}, models: ["*"] }]
  jwt: [{ issuer: "${ISSUER}", audience: ${AUDIENCE}, jwksUrl: "${idp.url}", models: ["*"] }]`
      })
    )
    const gateway = yield* serving({ directory })
    const ids: Array<string> = []
    yield* Effect.promise(() =>
      traffic(gateway.url, async (...request) => {
        const response = await fetch(...request)
        ids.push(response.headers.get("x-trace-id") ?? "none")
        return response
      })
    )
    const parent = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "00f067aa0ba902b7" }
    const continued = yield* ask(gateway.url, {
      token: jwt,
      stream: true,
      headers: { traceparent: `00-${parent.traceId}-${parent.spanId}-01`, tracestate: "vendor=one" }
    })
    const replaced = yield* ask(gateway.url, { headers: { traceparent: `00-${"0".repeat(32)}-${parent.spanId}-01` } })
    assert.deepStrictEqual([continued.status, replaced.status], [200, 200])
    assert.strictEqual(continued.traceId, parent.traceId)
    assert.match(replaced.traceId, /^(?!0{32})[0-9a-f]{32}$/)
    ids.push(continued.traceId, replaced.traceId)
    assert.strictEqual(new Set(ids).size, 15 + 6 + 2)

    yield* untilTraces(ids)
    gateway.signal("SIGTERM")
    assert.deepStrictEqual(yield* gateway.ended, { code: 0, signal: null })

    const byTrace = Map.groupBy(yield* conformantSpans, (span) => span.traceId)
    assert.deepStrictEqual([...byTrace.keys()].toSorted(), ids.toSorted())
    for (const id of ids) assert.strictEqual(rootsOf(byTrace, id).length, 1)

    assertFiveSpans(byTrace.get(continued.traceId) ?? [], parent.spanId)
    // The provider sees the attempt as its parent, never the caller's span.
    const [chat] = (byTrace.get(continued.traceId) ?? []).filter(({ kind }) => kind === CLIENT)
    const told = provider.requests().find(({ headers }) => headers["traceparent"]?.includes(parent.traceId))
    assert.strictEqual(told?.headers["traceparent"], `00-${parent.traceId}-${chat?.spanId}-01`)

    for (const request of middleware.requests()) {
      assert.strictEqual(request.headers.authorization, DESTINATION_KEY)
      assert.strictEqual(request.headers["content-encoding"], "gzip")
      assert.strictEqual(request.headers["content-type"], "application/x-protobuf")
      assert.deepStrictEqual(request.export?.unknownFields, [])
    }
    assert.strictEqual(middleware.stats().duplicates, 0)
    const secrets = [OPENAI_KEY, ANTHROPIC_KEY, TOKEN, "sg-canary-wrong", jwt, DESTINATION_KEY]
    const sent = Buffer.concat(middleware.payloads()).toString("latin1")
    for (const text of [sent, gateway.stdout(), gateway.stderr()]) {
      for (const secret of secrets) assert.notInclude(text, secret)
    }
    assert.include(sent, CANARY)
    assert.notInclude(gateway.stdout() + gateway.stderr(), CANARY)
    assert.strictEqual(gateway.stderr(), "")
  }).pipe(Effect.provide(world))
)

const rootsOf = (byTrace: ReadonlyMap<string, ReadonlyArray<Span>>, id: string) =>
  (byTrace.get(id) ?? []).filter(({ kind }) => kind === SERVER)

const assertFiveSpans = (spans: ReadonlyArray<Span>, parentSpanId: string) => {
  const named = new Map(spans.map((span) => [span.name, span]))
  const id = (name: string) => named.get(name)?.spanId
  const tree = spans.map(({ name, kind, parentSpanId }) => [name, kind, parentSpanId])
  const root = "POST /v1/chat/completions"
  assert.sameDeepMembers(tree, [
    [root, SERVER, parentSpanId],
    ["authenticate", INTERNAL, id(root)],
    ["resolve_model", INTERNAL, id(root)],
    ["chat echo", CLIENT, id(root)],
    ["stream_response", INTERNAL, id("chat echo")]
  ])
  const call = named.get("chat echo")?.attributes
  for (const name of ["tfy.model.fqn", "tfy.model.metric.cost_in_usd", "tfy.input", "tfy.output"]) {
    assert.isTrue(call?.has(name), name)
  }
  for (const name of ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.input.messages"]) {
    assert.isTrue(call?.has(name), name)
  }
  assert.strictEqual(named.get(root)?.attributes.get("tfy.request.created_by_subject"), "user:bob")
  assert.strictEqual(named.get("authenticate")?.attributes.get("gateway.auth.method"), "jwt")
  for (const span of spans) assert.strictEqual(span.decoded.traceState, "vendor=one")
}

it.live(
  "with Exclude Request Data no word of a request, an answer or an error leaves, and the other destination has all",
  () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const middleware = yield* FakeMiddleware
      const open = Context.get(yield* Layer.build(FakeMiddleware.layer()), FakeMiddleware)
      const directory = yield* temporaryDirectory
      configure(
        directory,
        configuration({
          provider: provider.origin,
          destinations: [destination(middleware, ", excludeRequestData: true"), destination(open, "", "open")],
          models: ["{ name: refused, id: fault-400 }"]
        })
      )
      const gateway = yield* serving({ directory })
      provider.script.style({ text: () => CANARY })
      const ids: Array<string> = []
      yield* Effect.promise(() =>
        traffic(gateway.url, async (...request) => {
          const response = await fetch(...request)
          ids.push(response.headers.get("x-trace-id") ?? "none")
          return response
        })
      )
      yield* untilTraces(ids)
      for (const id of ids) yield* open.untilTrace(id)
      const spans = yield* conformantSpans
      assert.strictEqual(new Set(spans.map(({ traceId }) => traceId)).size, ids.length)
      for (const payload of middleware.payloads()) {
        for (const word of [CANARY, "Be kind.", "weather"]) assert.notInclude(Buffer.from(payload).toString(), word)
      }
      const content = [...table].filter(([, { content }]) => content).map(([name]) => name)
      for (const span of spans) {
        for (const name of content) assert.isFalse(span.attributes.has(name), name)
        assert.isUndefined(span.status.message)
      }
      assert.isTrue(spans.some(({ attributes }) => attributes.has("gen_ai.usage.output_tokens")))
      assert.include(Buffer.concat(open.payloads()).toString(), CANARY)
    }).pipe(Effect.provide(world))
)

import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { attributeText } from "../../src/layers/fake/middleware/HeldTraces.ts"
import { ask } from "./kit/ask.ts"
import { configFile, configuration, configure, destination, sha256 } from "./kit/configuration.ts"
import { metricsOf } from "./kit/metrics.ts"
import { serving } from "./kit/Program.ts"
import { temporaryDirectory } from "./kit/temporaryDirectory.ts"
import { world } from "./kit/world.ts"

const OTHER_TOKEN = "sg-canary-other-token"

const access = (...tokens: ReadonlyArray<string>) =>
  `tokens: [${tokens.map((token) => `{ subject: "user:${token.slice(10)}", sha256: ${sha256(token)}, models: ["*"] }`).join(", ")}]`

it.live("an edit is in force within a second; a bad one is refused, counted, and changes nothing", () =>
  Effect.gen(function* () {
    const provider = yield* FakeProvider
    const middleware = yield* FakeMiddleware
    const directory = yield* temporaryDirectory
    const first = configuration({
      provider: provider.origin,
      destinations: [destination(middleware)],
      access: access("sg-canary-token", OTHER_TOKEN)
    })
    configure(directory, first)
    const gateway = yield* serving({ directory })
    const revision = (answer: { readonly traceId: string }) =>
      Effect.map(middleware.untilTrace(answer.traceId), (spans) =>
        spans.map(({ span }) => attributeText(span.attributes, "gateway.config.revision")).find((text) => text)
      )
    const token = "sg-canary-token"

    // A stream that begins under the first revision and ends under the second.
    provider.script.style({ tokenMs: 40, text: () => "word ".repeat(60) })
    const streaming = yield* Effect.forkChild(ask(gateway.url, { token, stream: true }))
    const [request] = yield* provider.untilRequests(1)
    yield* request?.sent(3) ?? Effect.die("no request")

    assert.strictEqual((yield* ask(gateway.url, { token, model: "openai/new" })).status, 404)
    assert.strictEqual((yield* ask(gateway.url, { token: OTHER_TOKEN })).status, 200)
    const saved = performance.now()
    configure(
      directory,
      configuration({
        provider: provider.origin,
        destinations: [destination(middleware)],
        models: ["{ name: new, id: gpt-new }"],
        access: access("sg-canary-token")
      })
    )
    const [, second = ""] = yield* gateway.says(/Configuration (\w+) is in force/)
    // The promise is one second; the rest is for a machine that is busy with other tests.
    assert.isBelow(performance.now() - saved, 2500)
    const answer = yield* ask(gateway.url, { token, model: "openai/new" })
    assert.strictEqual(answer.status, 200)
    assert.strictEqual((yield* ask(gateway.url, { token: OTHER_TOKEN })).status, 401)

    const ended = yield* Fiber.join(streaming)
    assert.match(ended.text, /data: \[DONE\]\n\n$/)
    const before = yield* revision(ended)
    assert.match(before ?? "", /^\w+$/)
    assert.notStrictEqual(before, second)
    assert.strictEqual(yield* revision(answer), second)

    configure(directory, first.replace("type: weight", "type: wait"))
    const [refused] = yield* gateway.says(/^.*Configuration refused.*$/m)
    const { message } = JSON.parse(refused)
    assert.match(
      message,
      /^Configuration refused, the last good one stays in force:\n.*:17:\d+ virtualModels\[0\]\.routing\.type: /
    )
    assert.include(message, `${configFile(directory)}:17:`)
    assert.strictEqual((yield* metricsOf(gateway.url)).sum("spangate_config_refused_total"), 1)
    assert.strictEqual((yield* ask(gateway.url, { token, model: "openai/new" })).status, 200)
    assert.strictEqual((yield* ask(gateway.url, { token: OTHER_TOKEN })).status, 401)
    const { sum } = yield* metricsOf(gateway.url)
    assert.strictEqual(sum("spangate_config_info", { revision: second }), 1)
    assert.strictEqual(gateway.stderr(), "")
  }).pipe(Effect.provide(world))
)

import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { ask, get } from "./kit/ask.ts"
import { configuration, configure } from "./kit/configuration.ts"
import { serving } from "./kit/Program.ts"
import { temporaryDirectory } from "./kit/temporaryDirectory.ts"

const env = { MIDDLEWARE_PORT: "0", MIDDLEWARE_UI_PORT: "0" }

const json = (url: string) => Effect.map(get(url), ({ text }) => JSON.parse(text))

it.live("npm run demo sends a request of each kind, and each one's trace is at the fake Middleware", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const demo = yield* serving({ directory, env, entry: new URL("../../src/programs/demo.ts", import.meta.url) })
    const [, ui = ""] = yield* demo.says(/Look at the traces: {2}(http:\S+)$/m)
    const rows = [...demo.stdout().matchAll(/^ {2}(\d+) +(.+?) +(\d) spans {2}([0-9a-f]{32})$/gm)]
    assert.deepStrictEqual(
      rows.map(([, status, what, spans]) => `${status} ${what} ${spans}`),
      [
        "200 a chat 4",
        "200 a streamed chat 5",
        "200 a chat with tools 4",
        "200 an Anthropic model through the OpenAI API, streamed 5",
        "200 Anthropic's own API 4",
        "200 embeddings 4",
        "200 a provider that is down: retry, then fallback 7",
        "400 a request that the provider refuses 4",
        "200 a caller that leaves mid-stream 5",
        "401 a wrong token 2",
        "404 an unknown model 3"
      ]
    )
    for (const [, , , spans, traceId] of rows) {
      const trace = yield* json(`${ui}/api/traces/${traceId}`)
      assert.strictEqual(trace.spans.length, Number(spans))
    }
    assert.strictEqual((yield* json(`${ui}/api/stats`)).traces, rows.length)
    assert.strictEqual((yield* get(ui)).status, 200)

    const [, token = ""] = yield* demo.says(/curl -N .*Bearer (\S+)"/)
    const own = yield* ask(demo.url, { token, model: "prod/chat", stream: true })
    assert.strictEqual(own.status, 200)
    demo.signal("SIGINT")
    assert.deepStrictEqual(yield* demo.ended, { code: 0, signal: null })
    assert.strictEqual(demo.stderr(), "")
  })
)

it.live("npm run staging serves the configuration as it is, with fakes for its providers and its Middleware", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    // Neither of them exists.
    const provider = "https://provider.invalid"
    const destinations = [`{ name: middleware, endpoint: "https://middleware.invalid/v1/traces" }`]
    configure(directory, configuration({ provider, destinations }))
    const staging = yield* serving({ directory, env, entry: new URL("../../src/programs/staging.ts", import.meta.url) })
    const [, ui = ""] = yield* staging.says(/^spangate middleware ui on (http:\S+)$/m)
    const chat = yield* ask(staging.url, { stream: true, content: "Hello, staging!" })
    assert.include(chat.text, "staging!")
    const claude = yield* ask(staging.url, { model: "claude/sonnet" })
    assert.strictEqual(claude.status, 200)
    for (const [traceId, spans] of [
      [chat.traceId, 5],
      [claude.traceId, 4]
    ] as const) {
      // Another process's memory has no event to wait for.
      const trace = yield* Effect.repeat(json(`${ui}/api/traces/${traceId}`), {
        schedule: Schedule.spaced("20 millis"),
        until: (found) => found.spans !== undefined
      })
      assert.strictEqual(trace.spans.length, spans)
    }
    staging.signal("SIGTERM")
    assert.deepStrictEqual(yield* staging.ended, { code: 0, signal: null })
    assert.strictEqual(staging.stderr(), "")
  })
)

import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { ask } from "./kit/ask.ts"
import { configuration, configure, destination } from "./kit/configuration.ts"
import { serving } from "./kit/Program.ts"
import { temporaryDirectory } from "./kit/temporaryDirectory.ts"
import { conformantSpans, untilTraces } from "./kit/traces.ts"
import { world } from "./kit/world.ts"

const entry = new URL("./programs/gateway.ts", import.meta.url)

describe.concurrent("SIGTERM", () => {
  it.live("lets a stream finish and refuses new connections, and its trace is delivered before the end", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const middleware = yield* FakeMiddleware
      const directory = yield* temporaryDirectory
      configure(directory, configuration({ provider: provider.origin, destinations: [destination(middleware)] }))
      const gateway = yield* serving({ directory })
      provider.script.style({ tokenMs: 30, text: () => "word ".repeat(40) })
      const streaming = yield* Effect.forkChild(ask(gateway.url, { stream: true }))
      const [request] = yield* provider.untilRequests(1)
      yield* request?.sent(3) ?? Effect.die("no request")
      gateway.signal("SIGTERM")
      const ended = yield* Fiber.join(streaming)
      assert.strictEqual(ended.text.split("word").length - 1, 40)
      assert.match(ended.text, /data: \[DONE\]\n\n$/)
      const refused = yield* Effect.flip(Effect.tryPromise(() => fetch(`${gateway.url}/health/live`)))
      assert.match(String((refused.cause as Error).cause), /ECONNREFUSED/)
      assert.deepStrictEqual(yield* gateway.ended, { code: 0, signal: null })
      assert.strictEqual(middleware.trace(ended.traceId).length, 5, "delivered by the end, not after the next start")
      yield* conformantSpans
      assert.strictEqual(gateway.stderr(), "")
    }).pipe(Effect.provide(world))
  )

  it.live(
    "ends what outlives the drain with an error that says so, in the stream or as a 503, each with its trace",
    () =>
      Effect.gen(function* () {
        const provider = yield* FakeProvider
        const middleware = yield* FakeMiddleware
        const directory = yield* temporaryDirectory
        configure(directory, configuration({ provider: provider.origin, destinations: [destination(middleware)] }))
        const gateway = yield* serving({ directory, entry, env: { E2E_DRAIN_MS: "300" } })
        provider.script.next("hang-mid-body@2", "hang-mid-body@2", "hang-before-head")
        const asking = (options: object) => Effect.forkChild(ask(gateway.url, options))
        const chat = yield* asking({ stream: true })
        yield* provider.untilRequests(1)
        const messages = yield* asking({
          path: "/v1/messages",
          body: { model: "claude/sonnet", max_tokens: 9, stream: true, messages: [{ role: "user", content: "Hello" }] }
        })
        yield* provider.untilRequests(2)
        const whole = yield* asking({})
        const requests = yield* provider.untilRequests(3)
        for (const request of requests.slice(0, 2)) yield* request.sent(2)
        gateway.signal("SIGTERM")

        const answers = [yield* Fiber.join(chat), yield* Fiber.join(messages), yield* Fiber.join(whole)] as const
        const [inChat, inMessages, inWhole] = answers
        const error = JSON.parse(/data: (\{"error".*)\n\n$/.exec(inChat.text)?.[1] ?? "{}").error
        assert.strictEqual(error.code, "stream_interrupted")
        assert.match(error.message, /shutting down/)
        assert.match(inMessages.text, /event: error\ndata: \{"type":"error".*shutting down.*\n\n$/)
        assert.strictEqual(inWhole.status, 503)
        assert.strictEqual(JSON.parse(inWhole.text).error.code, "gateway_shutdown")
        assert.deepStrictEqual(yield* gateway.ended, { code: 0, signal: null })
        for (const request of requests) assert.strictEqual(yield* request.ended, "closed_by_client")

        assert.deepStrictEqual(
          answers.map(({ traceId }) => middleware.trace(traceId).length),
          [5, 5, 4]
        )
        const spans = yield* conformantSpans
        const [root] = spans.filter(({ traceId, kind }) => traceId === inChat.traceId && kind === 2)
        assert.strictEqual(root?.status.code, 2)
        assert.strictEqual(gateway.stderr(), "")
      }).pipe(Effect.provide(world))
  )

  it.live("leaves in the spool what the destination did not take, and the next start delivers it", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const middleware = yield* FakeMiddleware
      middleware.always({ status: 503 })
      const directory = yield* temporaryDirectory
      configure(directory, configuration({ provider: provider.origin, destinations: [destination(middleware)] }))
      const gateway = yield* serving({ directory })
      const answers = yield* Effect.forEach(Array.from({ length: 20 }), (_, number) =>
        ask(gateway.url, { stream: number % 2 === 0 })
      )
      gateway.signal("SIGTERM")
      assert.deepStrictEqual(yield* gateway.ended, { code: 0, signal: null })
      assert.strictEqual(middleware.stats().held, 0)
      assert.match(gateway.stdout(), /Spans stay in the spool until the next start.*"spans":90/)
      middleware.always({})
      yield* serving({ directory })
      yield* untilTraces(answers.map(({ traceId }) => traceId))
      yield* middleware.untilSpans(90)
    }).pipe(Effect.provide(world))
  )
})

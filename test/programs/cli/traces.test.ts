import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { exitCode } from "../../../src/programs/cli/spangate.ts"
import { news } from "../../../src/programs/cli/tracesTail.ts"
import { ADMIN, FakeControlPlane, layer } from "./FakeControlPlane.ts"
import { captured, cli, command } from "./runCli.ts"
import { START, span, trace, traceIdOf } from "./storedTraces.ts"

const fallback = trace(
  1,
  {
    durationMs: 1234.5,
    streaming: true,
    timeToFirstTokenMs: 1100,
    teams: ["ml"],
    metadata: { app: "chat" },
    attempts: 2,
    fallback: true,
    model: "claude/sonnet",
    cachedInputTokens: 4
  },
  [
    span("a", "9", "POST /v1/chat/completions", [0, 1234.5], {
      "http.response.status_code": 200,
      "http.route": "/v1/chat/completions",
      "gen_ai.input.messages": "canary"
    }),
    // Stored in no order of time.
    span("d", "a", "chat claude/sonnet", [102, 1230], { "gen_ai.request.model": "claude-sonnet-4-5" }),
    span(
      "c",
      "a",
      "chat openai-main/gpt-4o",
      [1, 101],
      { "http.response.status_code": 503, "error.type": "503" },
      "no\u001b[2J capacity"
    ),
    span("b", "a", "authenticate", [0.1, 0.2], { "gateway.auth.method": "api_key" }),
    span("e", "d", "stream", [1100, 1229], { "gateway.stream.chunk_count": 20 })
  ]
)

describe("spangate traces get", () => {
  it.live("draws a request as a tree of spans in time, without content", () =>
    Effect.gen(function* () {
      const plane = yield* FakeControlPlane
      plane.world.traces = [fallback]
      const said = yield* cli("traces", "get", traceIdOf(1).toUpperCase())
      assert.deepStrictEqual([said.code, said.stderr], [0, ""])
      assert.strictEqual(
        said.stdout,
        `Trace 00000000000000000000000000000001
  request      req-1
  started      2026-11-24T10:00:01.000Z, took 1234.5 ms
  result       ok, status 200
  model        prod/chat → claude/sonnet
  sends        2, with a fallback
  caller       user:alice, ml
  first token  after 1100.0 ms
  tokens       10+5 tokens, 4 of them cached
  cost         $0.000125
  finish       stop
  metadata     app=chat
  revision     3

     AT ms    FOR ms  5 SPANS
       0.0    1234.5  POST /v1/chat/completions
                      │  http.response.status_code=200  http.route=/v1/chat/completions
       0.1       0.1  ├─ authenticate
                      │     gateway.auth.method=api_key
       1.0     100.0  ├─ chat openai-main/gpt-4o  ✗ no [2J capacity
                      │     http.response.status_code=503  error.type=503
     102.0    1128.0  └─ chat claude/sonnet
                         │  gen_ai.request.model=claude-sonnet-4-5
    1100.0     129.0     └─ stream
                               gateway.stream.chunk_count=20
`
      )
      const json = JSON.parse((yield* cli("traces", "get", traceIdOf(1), "--json")).stdout)
      assert.deepStrictEqual(json, JSON.parse(JSON.stringify([fallback])))
    }).pipe(Effect.provide(layer))
  )

  it.live("shows a trace of several requests, and one of which little is known", () =>
    Effect.gen(function* () {
      const plane = yield* FakeControlPlane
      const bare = trace(1, { status: 401, result: "error", errorType: "invalid_token", errorMessage: "who?" })
      const {
        cost: _,
        inputTokens: __,
        model: ___,
        outputTokens: ____,
        requestedModel: _____,
        subject: ______,
        ...summary
      } = bare.summary
      plane.world.traces = [fallback, { ...bare, summary: { ...summary, attempts: 0, finishReasons: [] } }]
      const { stdout } = yield* cli("traces", "get", traceIdOf(1))
      assert.strictEqual(stdout.split("Trace 0").length, 3)
      assert.include(
        stdout,
        "  error        invalid_token: who?\n  model        no model\n  sends        0\n  revision     3\n"
      )
      const unknown = yield* cli("traces", "get", traceIdOf(2))
      assert.deepStrictEqual(unknown, { code: 1, stdout: "", stderr: "There is no trace with this id.\n" })
    }).pipe(Effect.provide(layer))
  )
})

describe("spangate traces get, of more than one answer holds,", () => {
  it.live("shows every request, and says how to get what it left out of them", () =>
    Effect.gen(function* () {
      const plane = yield* FakeControlPlane
      const content = (characters: number) => ({ "gen_ai.input.messages": "x".repeat(characters) })
      const long = trace(2, { traceId: traceIdOf(1) }, [span("b", undefined, "POST", [0, 1], content(34_000_000))])
      const short = trace(1, {}, [span("a", undefined, "POST", [0, 1], content(5000))])
      plane.world.traces = [short, long]
      const all = yield* cli("traces", "get", traceIdOf(1), "--json")
      const shown = JSON.parse(all.stdout)
      assert.deepStrictEqual(shown[0], JSON.parse(JSON.stringify(short)))
      assert.deepStrictEqual([shown[1].spans[0].spanId, shown[1].spans[0].attributes], ["b".repeat(16), {}])
      assert.match(all.stderr, /the content of 1 request is left out\. Ask for one with --request/)
      const { spanId } = short.summary
      const one = yield* cli("traces", "get", traceIdOf(1), "--json", "--request", spanId)
      assert.deepStrictEqual([JSON.parse(one.stdout), one.stderr], [[JSON.parse(JSON.stringify(short))], ""])
      assert.strictEqual((yield* cli("traces", "get", traceIdOf(1), "--request", "x")).code, 2)
    }).pipe(Effect.provide(layer))
  )
})

describe("spangate traces tail", () => {
  it.live("prints what is there, then each trace once as it ends, and waits for a control plane that is away", () =>
    Effect.gen(function* () {
      const plane = yield* FakeControlPlane
      plane.world.traces = Array.from({ length: 12 }, (_, index) => trace(12 - index))
      const { err, layer: console, out } = captured()
      const env = { SPANGATE_CONTROL_URL: plane.url, SPANGATE_ADMIN_TOKEN: ADMIN }
      const args = [
        "traces",
        "tail",
        "--json",
        "--model",
        "a/b",
        "--subject",
        "user:alice",
        "--result",
        "ok",
        "--text",
        "hello"
      ]
      const fiber = yield* command(args, env).pipe(Effect.provide(console), Effect.forkChild)
      const until = (condition: () => boolean) =>
        Effect.suspend(() => (condition() ? Effect.void : Effect.fail("not yet"))).pipe(
          Effect.tapError(() => Effect.sleep(5)),
          Effect.eventually
        )
      const shown = () => out.flatMap((lines) => lines.split("\n")).map((line): string => JSON.parse(line).requestId)
      yield* until(() => out.length > 0)
      assert.deepStrictEqual(
        shown(),
        [3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((number) => `req-${number}`)
      )
      assert.deepStrictEqual(plane.world.filters, [
        { model: "a/b", subject: "user:alice", result: "ok", text: "hello" }
      ])

      // It began first and ended last.
      const slow = trace(0, { durationMs: 60_000 })
      plane.world.traces = [trace(13), ...plane.world.traces, slow]
      yield* until(() => shown().length > 10)
      assert.deepStrictEqual(shown().slice(10), ["req-13", "req-0"])
      // By the traces' clock, 15 minutes before the newest that was known.
      assert.strictEqual(plane.world.filters.at(-1)?.from, START + 12_000 - 900_000)

      plane.world.size = undefined
      yield* until(() => err.length > 0)
      plane.world.traces = [trace(14), ...plane.world.traces]
      plane.world.size = { traces: 0, bytes: 0 }
      yield* until(() => shown().length > 12)
      assert.deepStrictEqual(shown().slice(12), ["req-14"])
      assert.deepStrictEqual(err, ["The control plane does not answer, trying on", "The control plane is back"])

      yield* Fiber.interrupt(fiber)
      assert.strictEqual(exitCode(yield* Fiber.await(fiber)), 130)
      assert.strictEqual(err.length, 2)
    }).pipe(Effect.provide(layer))
  )

  it.live("prints a line for people, free of what a terminal obeys", () =>
    Effect.gen(function* () {
      const plane = yield* FakeControlPlane
      plane.world.traces = [trace(1, { inputPreview: "Hi\u001b[2J\nthere", result: "error", errorType: "timeout" })]
      const { layer: console, out } = captured()
      const env = { SPANGATE_CONTROL_URL: plane.url, SPANGATE_ADMIN_TOKEN: ADMIN }
      const fiber = yield* command(["traces", "tail"], env).pipe(Effect.provide(console), Effect.forkChild)
      while (out.length === 0) yield* Effect.sleep(5)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(out, [
        `2026-11-24T10:00:01.000Z  ${traceIdOf(1)}  error      200      12.3 ms  openai-main/gpt-4o  user:alice  10+5 tokens  $0.000125  timeout  "Hi [2J there"`
      ])
    }).pipe(Effect.provide(layer))
  )

  it("says when a look may have missed some", () => {
    const page = Array.from({ length: 200 }, (_, index) => trace(index + 1).summary)
    const before = new Set([`${traceIdOf(1)}/${page[0]?.spanId}`])
    assert.isFalse(news(page, before).missed)
    assert.strictEqual(news(page, before).fresh.length, 199)
    assert.isTrue(news(page, new Set(["another"])).missed)
    assert.isFalse(news(page.slice(1), new Set(["another"])).missed)
    assert.isFalse(news(page, new Set()).missed)
  })
})

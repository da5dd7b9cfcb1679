import { spawn } from "node:child_process"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { otlpTraceSinks } from "../../src/layers/otlp/OtlpTraceSinks.ts"
import * as SqliteDeadLetters from "../../src/layers/sqlite/SqliteDeadLetters.ts"
import * as SqliteTraceBus from "../../src/layers/sqlite/SqliteTraceBus.ts"
import { ConfigSync } from "../../src/services/config/ConfigSync.ts"
import { DeadLetters } from "../../src/services/export/DeadLetters.ts"
import { Exporter } from "../../src/services/export/Exporter.ts"
import { letter } from "../contracts/deadLetters.ts"
import { temporaryDirectory } from "../layers/sqlite/temporaryDirectory.ts"
import { config, destination, ledgerOf, publish, statusOf, traceIdOf } from "../services/export/harness.ts"
import { frameOf, SPANS_PER_EVENT } from "../services/export/traceEvents.ts"

const cli = fileURLToPath(new URL("../../src/programs/cli.ts", import.meta.url))

interface Said {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `spangate dead-letters` in a process of its own. */
const spangate = (data: string, ...args: ReadonlyArray<string>) =>
  Effect.promise(
    () =>
      new Promise<Said>((resolve) => {
        const env = { PATH: process.env["PATH"] ?? "", SPANGATE_DATA: data }
        const child = spawn(process.execPath, [cli, "dead-letters", ...args], { env })
        let [stdout, stderr] = ["", ""]
        child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
        child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
        child.on("close", (code) => resolve({ code, stdout, stderr }))
      })
  )

/** An exporter on a data directory, with the fake Middleware as its destination. */
const exporting = (data: string) => {
  const directory = join(data, "spool")
  return Exporter.layer.pipe(
    Layer.provide(otlpTraceSinks({ version: "1", instanceId: "i", hostName: "h" })),
    Layer.provide(
      Layer.effect(
        ConfigSync,
        Effect.map(FakeMiddleware, ({ endpoint, key }) => {
          const headers = { authorization: Redacted.make(key) }
          const current = config([destination("middleware", { endpoint, headers })])
          return ConfigSync.of({ current: () => current, changes: Stream.never, refused: () => 0 })
        })
      )
    ),
    Layer.provideMerge(SqliteDeadLetters.layer({ directory })),
    Layer.provideMerge(SqliteTraceBus.layer({ directory })),
    Layer.provideMerge(FakeMiddleware.layer()),
    Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "None"))
  )
}

const untilDeadLettered = Effect.fnUntraced(function* (spans: number) {
  while (ledgerOf(yield* statusOf("middleware")).deadLettered < spans) yield* Effect.yieldNow
})

describe("spangate dead-letters", () => {
  it.live("lists, shows and replays what a running exporter could not deliver: the same spans, once", () =>
    Effect.gen(function* () {
      const data = yield* temporaryDirectory
      yield* Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        middleware.always({ status: 404, body: "no such\u001b[31m path", headers: { "content-type": "text/plain" } })
        yield* publish(frameOf(3))
        yield* untilDeadLettered(3 * SPANS_PER_EVENT)
        const refused = middleware.requests().map((request) => request.export?.spans)
        assert.deepStrictEqual(refused, [3 * SPANS_PER_EVENT], "the address is wrong: no trace is looked for")

        const listed = yield* spangate(data, "list")
        assert.deepStrictEqual([listed.code, listed.stderr], [0, ""])
        const [head, ...rows] = listed.stdout.trimEnd().split("\n")
        assert.match(head ?? "", /^ID +REFUSED +TIMES +DESTINATION +TRACE +SPANS +BYTES +REASON +ANSWER$/)
        assert.strictEqual(rows.length, 3)
        for (const row of rows) assert.match(row, /middleware +0{31}\d +4 +\d+ +http_404 +no such \[31m path$/)
        assert.notInclude(listed.stdout, "\u001b")

        const json = JSON.parse((yield* spangate(data, "list", "--json", "--limit", "2")).stdout)
        assert.strictEqual(json.length, 2)
        const [{ id, traceId }] = json

        const shown = yield* spangate(data, "show", String(id))
        assert.strictEqual(shown.code, 0)
        assert.include(shown.stdout, traceId)
        assert.include(
          shown.stdout,
          "POST /v1/chat/completions at 2026-11-24T00:00:00Z, status 200, model openai-main/"
        )
        assert.notInclude(shown.stdout, "canary")
        const whole = JSON.parse((yield* spangate(data, "show", String(id), "--json")).stdout)
        assert.include(whole.event.request, "canary question")
        assert.strictEqual(whole.event.header.traceId, traceId)

        middleware.always({})
        const one = yield* spangate(data, "replay", String(id))
        assert.deepStrictEqual([one.code, one.stderr], [0, ""])
        assert.match(one.stdout, /^1 dead letter to be replayed/)
        yield* middleware.untilTrace(traceId, SPANS_PER_EVENT)
        const rest = yield* spangate(data, "replay", "--destination", "middleware", "--json")
        assert.deepStrictEqual(JSON.parse(rest.stdout), { replayRequested: 2 })
        const spans = yield* middleware.untilSpans(3 * SPANS_PER_EVENT)
        assert.deepStrictEqual(new Set(spans.map(({ span }) => span.traceId)), new Set([1, 2, 3].map(traceIdOf)))
        assert.strictEqual(middleware.stats().duplicates, 0)
        const deadLetters = yield* DeadLetters
        while ((yield* deadLetters.list({}, 10)).length > 0) yield* Effect.yieldNow
        const [account] = yield* deadLetters.accounts
        assert.deepStrictEqual([account?.replayedSpans, account?.storedSpans], [12, 0])
        const none = yield* spangate(data, "list")
        assert.deepStrictEqual([none.code, none.stdout], [0, "There are no dead letters\n"])
      }).pipe(Effect.provide(exporting(data)))
    })
  )

  it.live("purges what is chosen, and says what it did; what is asked the wrong way does nothing", () =>
    Effect.gen(function* () {
      const data = yield* temporaryDirectory
      yield* Effect.flatMap(DeadLetters, (deadLetters) =>
        deadLetters.append([letter(1), letter(2), letter(3, { destination: "b" })])
      ).pipe(Effect.provide(SqliteDeadLetters.layer({ directory: join(data, "spool") }), { local: true }))

      const asked = yield* Effect.all(
        {
          unsaid: spangate(data, "purge"),
          twice: spangate(data, "purge", "1", "--all"),
          noNumber: spangate(data, "purge", "one"),
          unknown: spangate(data, "show", "99"),
          nobody: spangate(data, "replay", "--destination", "c"),
          misspelt: spangate(data, "pruge"),
          help: spangate(data, "--help")
        },
        { concurrency: 2 }
      )
      assert.deepStrictEqual(
        Object.entries(asked).map(([name, { code }]) => [name, code]),
        [
          ["unsaid", 2],
          ["twice", 2],
          ["noNumber", 2],
          ["unknown", 1],
          ["nobody", 1],
          ["misspelt", 2],
          ["help", 0]
        ]
      )
      assert.strictEqual(asked.unsaid.stderr, "Say which letters: their numbers, --destination NAME or --all\n")
      assert.strictEqual(asked.unknown.stderr, "There is no dead letter 99\n")
      assert.strictEqual(asked.nobody.stderr, "There are no such dead letters\n")
      for (const command of ["list", "show", "replay", "purge"]) assert.include(asked.help.stdout, command)

      assert.strictEqual((yield* spangate(data, "purge", "--destination", "b")).stdout, "1 dead letter removed\n")
      assert.strictEqual((yield* spangate(data, "purge", "--all", "--json")).stdout, '{"purged":2}\n')
    })
  )

  it.live("finds the letters of an exporter on NATS, also beside a gateway's spool", () =>
    Effect.gen(function* () {
      const data = yield* temporaryDirectory
      yield* Effect.flatMap(DeadLetters, (deadLetters) => deadLetters.append([letter(1)])).pipe(
        Effect.provide(SqliteDeadLetters.layer({ directory: join(data, "exporter") }), { local: true })
      )
      yield* Effect.promise(() => mkdir(join(data, "spool")))
      const listed = yield* spangate(data, "list", "--json")
      assert.deepStrictEqual([listed.code, listed.stderr], [0, ""])
      assert.strictEqual(JSON.parse(listed.stdout)[0].traceId, letter(1).traceId)
      assert.strictEqual((yield* spangate(data, "purge", "--all", "--json")).stdout, '{"purged":1}\n')
    })
  )

  it.live("says which file it misses where no program has been", () =>
    Effect.gen(function* () {
      const data = yield* temporaryDirectory
      const { code, stderr } = yield* spangate(data, "list")
      assert.strictEqual(code, 1)
      assert.include(stderr, join(data, "spool", "dead-letters.db"))
      assert.include(stderr, join(data, "exporter", "dead-letters.db"))
      assert.notInclude(stderr, "    at ")
    })
  )
})

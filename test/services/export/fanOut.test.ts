import { createServer } from "node:net"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import type { ScriptedAnswer } from "../../../src/layers/fake/middleware/ScriptedAnswer.ts"
import { otlpTraceSinks } from "../../../src/layers/otlp/OtlpTraceSinks.ts"
import * as SqliteDeadLetters from "../../../src/layers/sqlite/SqliteDeadLetters.ts"
import * as SqliteTraceBus from "../../../src/layers/sqlite/SqliteTraceBus.ts"
import type { Destination } from "../../../src/services/config/CompiledConfig.ts"
import { ConfigSync } from "../../../src/services/config/ConfigSync.ts"
import { Exporter } from "../../../src/services/export/Exporter.ts"
import { temporaryDirectory } from "../../layers/sqlite/temporaryDirectory.ts"
import { assertBalanced, config, destination, ledgerOf, publish, statusOf, traceIdOf } from "./harness.ts"
import { frameOf, SPANS_PER_EVENT } from "./traceEvents.ts"

const KEY = "demo-key"

const to = (name: string, endpoint: string, rest: Partial<Destination> = {}) =>
  destination(name, {
    endpoint,
    headers: { authorization: Redacted.make(KEY) },
    timeoutMs: 2000,
    maxBatchBytes: 128 * 1024,
    ...rest
  })

/** A Middleware of its own, which always answers like this. */
const middleware = Effect.fnUntraced(function* (answer: ScriptedAnswer) {
  const context = yield* Layer.build(Layer.fresh(FakeMiddleware.layer({ maxPayloadBytes: 0 })))
  const found = Context.get(context, FakeMiddleware)
  found.always(answer)
  return found
})

const rawServer = (said: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<ReturnType<typeof createServer>>((resume) => {
        const server = createServer((socket) => {
          socket.on("error", () => {})
          socket.end(said)
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    ),
    (server) => {
      const address = server.address()
      return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/v1/traces`
    }
  )

/** Nine destinations, each broken in another way. */
const broken = Effect.gen(function* () {
  const closed = yield* Effect.scoped(Effect.map(middleware({}), ({ endpoint }) => endpoint))
  const at = (name: string, answer: ScriptedAnswer, rest: Partial<Destination> = {}) =>
    Effect.map(middleware(answer), ({ endpoint }) => to(name, endpoint, rest))
  return [
    to("refuses", closed),
    yield* at("hangs", { hang: true }),
    yield* at("503", { status: 503, headers: { "retry-after": "1" } }),
    yield* at("500", { status: 500 }),
    yield* at("401", {}, { headers: { authorization: Redacted.make("wrong") } }),
    yield* at("slow", { delayMs: 1500 }),
    yield* at("resets", { reset: "before-head" }),
    to("garbage", yield* rawServer("SSH-2.0-OpenSSH_9.9\r\n")),
    yield* at("redirects", { status: 302, headers: { location: "/elsewhere" } })
  ]
})

const exporting = (directory: string, destinations: ReadonlyArray<Destination>, maxBytes = 1024 ** 3) =>
  Exporter.layer.pipe(
    Layer.provide(otlpTraceSinks({ version: "1", instanceId: "i", hostName: "h" })),
    Layer.provide(
      Layer.succeed(ConfigSync, { current: () => config(destinations), changes: Stream.never, refused: () => 0 })
    ),
    Layer.provide(SqliteDeadLetters.layer({ directory })),
    Layer.provideMerge(SqliteTraceBus.layer({ directory, maxBytes })),
    Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "None"))
  )

const MEASURED = 60

/** Milliseconds from a publication to its arrival, one after another. */
const lags = Effect.fnUntraced(function* (healthy: FakeMiddleware["Service"], first: number) {
  const measured: Array<number> = []
  for (let index = first; index < first + MEASURED; index++) {
    const begun = performance.now()
    yield* publish(frameOf(1, index))
    yield* healthy.untilTrace(traceIdOf(index), SPANS_PER_EVENT)
    measured.push(performance.now() - begun)
  }
  return measured.sort((a, b) => a - b)
})

const at = (sorted: ReadonlyArray<number>, share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

const usedMegabytes = () => {
  collectGarbage()
  const { external, heapUsed } = process.memoryUsage()
  return (external + heapUsed) / 1024 / 1024
}

describe("ten destinations of which nine are broken", () => {
  it.live("the tenth gets its traces as fast as alone, memory stays bounded, and every ledger balances", () =>
    Effect.gen(function* () {
      const healthy = yield* middleware({})
      const alone = yield* lags(healthy, 1).pipe(
        Effect.provide(exporting(yield* temporaryDirectory, [to("healthy", healthy.endpoint)]), { local: true })
      )
      healthy.clear()
      const others = yield* broken
      const scope = yield* Scope.make()
      const all = exporting(yield* temporaryDirectory, [...others, to("healthy", healthy.endpoint)])
      const world = yield* Layer.buildWithScope(Layer.fresh(all), scope)

      yield* Effect.gen(function* () {
        // A backlog for everybody, far larger than what anybody may hold: expanded, it is several times as large.
        const before = usedMegabytes()
        for (let frame = 0; frame < 100; frame++) yield* publish(frameOf(10, 1001 + 10 * frame, "long ".repeat(2500)))
        yield* healthy.untilTrace(traceIdOf(2000), SPANS_PER_EVENT)
        healthy.clear()
        const queuedMegabytes = (ledgerOf(yield* statusOf("hangs")).queuedBytes / 1024 / 1024) * 6
        const growth = usedMegabytes() - before
        assert.isAbove(queuedMegabytes, 60)
        assert.isBelow(growth, 60, `${growth} MB for ${queuedMegabytes} MB that wait`)

        const together = yield* lags(healthy, 1)
        const lag = `alone ${at(alone, 0.5)} and ${at(alone, 0.95)} ms, together ${at(together, 0.5)} and ${at(together, 0.95)}`
        // Whoever waited for one of the others would wait a second.
        assert.isBelow(at(together, 0.5), at(alone, 0.5) + 100, lag)
        assert.isBelow(at(together, 0.95), at(alone, 0.95) + 400, lag)

        const exporter = yield* Exporter
        const left = yield* exporter.flush("100 millis")
        const states = new Map((yield* exporter.statuses).map((status) => [status.name, status]))
        for (const [name, status] of states) {
          assertBalanced(ledgerOf(status))
          assert.strictEqual(ledgerOf(status).captured, (1000 + MEASURED) * SPANS_PER_EVENT, name)
        }
        assert.strictEqual(ledgerOf(states.get("healthy") ?? assert.fail()).queued, 0)
        assert.isTrue(states.get("401")?.paused)
        for (const name of ["refuses", "hangs", "503", "401", "resets", "garbage"]) {
          assert.deepInclude(left, { destination: name, spans: (1000 + MEASURED) * SPANS_PER_EVENT })
        }
        // What they refused is kept, to the last span.
        for (const name of ["500", "redirects"]) {
          const { deadLetters, ledger } = states.get(name) ?? assert.fail(name)
          assert.isAbove(ledger?.deadLettered ?? 0, 0)
          // A letter is written before its frame is acknowledged.
          assert.isAtLeast(deadLetters?.storedSpans ?? 0, ledger?.deadLettered ?? 0, name)
        }
      }).pipe(Effect.provide(world), Effect.ensuring(Scope.close(scope, Exit.void)))
    })
  )
})

describe("a destination that is away until the spool is full", () => {
  it.live("loses its own oldest traces, the other gets every one, and both ledgers balance", () =>
    Effect.gen(function* () {
      const [healthy, away] = [yield* middleware({}), yield* middleware({ status: 503 })]
      const destinations = [to("healthy", healthy.endpoint), to("away", away.endpoint)]
      const directory = yield* temporaryDirectory
      yield* Effect.gen(function* () {
        for (let index = 1; index <= 20; index++) {
          yield* publish(frameOf(1, index, "long ".repeat(2500)))
          yield* healthy.untilTrace(traceIdOf(index), SPANS_PER_EVENT)
        }
        yield* Effect.gen(function* () {
          const { queued } = ledgerOf(yield* statusOf("healthy"))
          if (queued > 0) return yield* Effect.fail("not settled")
        }).pipe(Effect.retry({ schedule: Schedule.spaced("5 millis"), times: 400 }))
        const [reached, behind] = [ledgerOf(yield* statusOf("healthy")), ledgerOf(yield* statusOf("away"))]
        assertBalanced(reached)
        assertBalanced(behind)
        assert.deepStrictEqual([reached.delivered, reached.dropped], [20 * SPANS_PER_EVENT, {}])
        assert.deepStrictEqual([behind.captured, behind.delivered], [20 * SPANS_PER_EVENT, 0])
        assert.deepStrictEqual(Object.keys(behind.dropped), ["destination_behind"])
        assert.isAbove(behind.queued, 0)
      }).pipe(Effect.provide(exporting(directory, destinations, 100_000), { local: true }))
    })
  )
})

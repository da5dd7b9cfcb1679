import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { connect } from "../../../src/layers/clickhouse/ClickHouseDatabase.ts"
import * as ClickHouseTraceStore from "../../../src/layers/clickhouse/ClickHouseTraceStore.ts"
import type { StoreUnavailable } from "../../../src/services/store/StoreUnavailable.ts"
import { TraceStore } from "../../../src/services/store/TraceStore.ts"
import { ClickHouseEngine } from "../../clickhouse/ClickHouseEngine.ts"
import { NOON, sample } from "../../contracts/storedTraces.ts"

// The first run on a machine fetches the engine.
const FETCHING = 600_000
const HOUR = 3_600_000

let engine: ClickHouseEngine
beforeAll(async () => {
  engine = await ClickHouseEngine.start()
}, FETCHING)
afterAll(() => engine.stop())

/** A batch of samples, spread over partitions. */
const batch = (number: number, size: number) =>
  Array.from({ length: size }, (_, index) => {
    const at = number * size + index
    return sample(at, { start: NOON + (index % 4) * 6 * HOUR + at })
  })

const BATCHES = 32
const SIZE = 100

/** The ids of all traces, newest first. */
const everything = Effect.fnUntraced(function* (store: TraceStore["Service"]) {
  const found: Array<string> = []
  let cursor: string | undefined
  do {
    const page = yield* store
      .page({ filter: {}, limit: 500, ...(cursor === undefined ? {} : { cursor }) })
      .pipe(Effect.retry({ times: 3 }))
    found.push(...page.traces.map(({ traceId }) => traceId))
    cursor = page.next
  } while (cursor !== undefined)
  return found
})

const whole = { from: NOON, to: NOON + 48 * HOUR, stepMs: 48 * HOUR, filter: {} } as const

const shown = (failure: unknown): string => {
  const cause = (failure as StoreUnavailable).cause
  return `${String(failure)} ${JSON.stringify(failure)} ${cause instanceof Error ? `${cause.message} ${cause.stack}` : ""}`
}

describe("a server that is away", () => {
  it.live("is said at once, and needs no new start when it is back", () =>
    Effect.gen(function* () {
      const url = engine.url()
      yield* Effect.promise(() => engine.kill())
      yield* Effect.gen(function* () {
        const store = yield* TraceStore
        const began = yield* Clock.currentTimeMillis
        for (const call of [
          store.append([sample(0)], "1"),
          Stream.runCollect(store.get("a")),
          store.page({ filter: {}, limit: 1 }),
          store.series(whole),
          store.top({ ...whole, groupBy: "model", orderBy: "cost", limit: 1 }),
          store.retain({ before: 0, maxBytes: 0 }),
          store.size
        ]) {
          assert.strictEqual((yield* Effect.flip(call))._tag, "StoreUnavailable")
        }
        assert.isBelow((yield* Clock.currentTimeMillis) - began, 2000)
        yield* Effect.promise(() => engine.restart())
        yield* store.append([sample(0)], "1")
        yield* Effect.promise(() => engine.kill())
        assert.strictEqual((yield* Effect.flip(store.size))._tag, "StoreUnavailable")
        yield* Effect.promise(() => engine.restart())
        assert.strictEqual((yield* store.size).traces, 1)
      }).pipe(Effect.provide(ClickHouseTraceStore.layer({ url })))
    })
  )

  it.live("killed while batches come: what was acknowledged is there, and nothing twice", () =>
    Effect.gen(function* () {
      const url = engine.url()
      yield* Effect.gen(function* () {
        const store = yield* TraceStore
        const acknowledged = yield* Queue.unbounded<number>()
        // As the ingest does: a batch comes until it is acknowledged.
        const deliver = (number: number) =>
          store
            .append(batch(number, SIZE), `${number}`)
            .pipe(Effect.retry({ while: () => true }), Effect.andThen(Queue.offer(acknowledged, number)))
        const writer = yield* Effect.forEach(Array.from({ length: BATCHES }).keys(), deliver, { discard: true }).pipe(
          Effect.forkChild
        )
        const wanted = new Set<string>()
        for (let kills = 0; kills < 4; kills++) {
          const numbers = yield* Queue.takeN(acknowledged, 7)
          yield* Effect.promise(() => engine.kill())
          yield* Effect.promise(() => engine.restart())
          for (const number of numbers) for (const { summary } of batch(number, SIZE)) wanted.add(summary.traceId)
          const found = yield* everything(store)
          assert.strictEqual(new Set(found).size, found.length)
          assert.strictEqual(wanted.difference(new Set(found)).size, 0)
        }
        yield* Fiber.join(writer)
        assert.strictEqual((yield* store.size).traces, BATCHES * SIZE)
        const { lines } = yield* store.series(whole)
        assert.strictEqual(lines[0]?.total.requests, BATCHES * SIZE)
      }).pipe(Effect.provide(ClickHouseTraceStore.layer({ url })))
    })
  )

  it.live("two writers with the same traces in different cuts store each once", () =>
    Effect.gen(function* () {
      const url = engine.url()
      const traces = batch(0, 400)
      const write = (size: number) =>
        Effect.gen(function* () {
          const store = yield* TraceStore
          for (let at = 0; at < traces.length; at += size) yield* store.append(traces.slice(at, at + size), `${at}`)
          return yield* store.size
        }).pipe(Effect.provide(ClickHouseTraceStore.layer({ url }), { local: true }))
      // Both find no database, too.
      yield* Effect.all([write(50), write(70)], { concurrency: 2 })
      const { requests, traces: rows } = yield* Effect.gen(function* () {
        const store = yield* TraceStore
        const { lines } = yield* store.series(whole)
        return { requests: lines[0]?.total.requests, traces: (yield* store.size).traces }
      }).pipe(Effect.provide(ClickHouseTraceStore.layer({ url }), { local: true }))
      assert.deepStrictEqual([requests, rows], [400, 400])
    })
  )
})

describe("errors", () => {
  const PASSWORD = "s3cr3t-word"

  it.effect("say nothing of the URL", () =>
    Effect.gen(function* () {
      for (const url of [`x://me:${PASSWORD}@host`, `http://me:${PASSWORD}@:port`, PASSWORD, ""]) {
        const failure = yield* TraceStore.pipe(
          Effect.provide(ClickHouseTraceStore.layer({ url: Redacted.make(url) })),
          Effect.flip
        )
        assert.strictEqual(failure._tag, "StoreUnavailable")
        assert.notInclude(shown(failure), PASSWORD)
      }
      const away = yield* TraceStore.pipe(
        Effect.flatMap((store) => store.size),
        Effect.provide(ClickHouseTraceStore.layer({ url: Redacted.make(`http://me:${PASSWORD}@127.0.0.1:1/x`) })),
        Effect.flip
      )
      assert.include(shown(away), "ECONNREFUSED")
      assert.notInclude(shown(away), PASSWORD)
    })
  )

  it.effect("say nothing of a value", () =>
    Effect.gen(function* () {
      const database = yield* connect(Redacted.value(engine.url()))
      yield* database.create
      const failure = yield* Effect.flip(database.rows("SELECT toUInt8({text:String})", { text: PASSWORD }))
      assert.include(shown(failure), "ClickHouse answered 6 CANNOT_PARSE_TEXT")
      assert.notInclude(shown(failure), PASSWORD)
    })
  )

  it.effect("a statement that reads cannot write", () =>
    Effect.gen(function* () {
      const database = yield* connect(Redacted.value(engine.url()))
      yield* database.create
      const failure = yield* Effect.flip(database.rows("CREATE TABLE t (a Int8) ENGINE = Memory"))
      assert.include(shown(failure), "164 READONLY")
    })
  )

  it.effect("a database of a later version is refused", () =>
    Effect.gen(function* () {
      const url = engine.url()
      const database = yield* connect(Redacted.value(url))
      yield* TraceStore.pipe(
        Effect.flatMap((store) => store.size),
        Effect.provide(ClickHouseTraceStore.layer({ url }), { local: true })
      )
      yield* database.insert("schema_versions", [{ version: 99 }])
      const failure = yield* TraceStore.pipe(
        Effect.flatMap((store) => store.size),
        Effect.provide(ClickHouseTraceStore.layer({ url }), { local: true }),
        Effect.flip
      )
      assert.include(shown(failure), "schema version 99, this program knows 1")
    })
  )
})

import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { connect } from "../../../src/layers/clickhouse/ClickHouseDatabase.ts"
import * as ClickHouseTraceStore from "../../../src/layers/clickhouse/ClickHouseTraceStore.ts"
import { minuteOf } from "../../../src/layers/clickhouse/schema.ts"
import { wordsOf } from "../../../src/layers/clickhouse/words.ts"
import { hasTerms, searchTerms } from "../../../src/services/store/searchTerms.ts"
import { TraceFilter } from "../../../src/services/store/TraceQuery.ts"
import { TraceStore } from "../../../src/services/store/TraceStore.ts"
import { ClickHouseEngine } from "../../clickhouse/ClickHouseEngine.ts"
import { NOON, sample } from "../../contracts/storedTraces.ts"

// The first run on a machine fetches the engine.
const FETCHING = 600_000

let engine: ClickHouseEngine
beforeAll(async () => {
  engine = await ClickHouseEngine.start()
}, FETCHING)
afterAll(() => engine.stop())

const onEmpty = <E>(body: Effect.Effect<void, E, TraceStore>) =>
  Effect.suspend(() => Effect.provide(body, ClickHouseTraceStore.layer({ url: engine.url() })))

/** What ends a literal, a placeholder, a statement or a line of the wire's format. */
const HOSTILE = [
  "' OR 1=1 --",
  "'); DROP TABLE traces; --",
  "\\' OR ''='",
  "\\",
  "\\N",
  "{model:String}",
  "a\tb\nc\0d",
  "'] OR ['",
  '`"%_*[a-z]$1',
  "ü🙂\u2028",
  "\ud800 half of a pair",
  " FORMAT JSON SETTINGS readonly = 0"
]

describe("a filter's value is a value", () => {
  const fields = [
    "model",
    "provider",
    "subject",
    "errorType",
    "finishReason",
    "metadataKey",
    "metadataValue",
    "conversationId"
  ] as const

  it.live("finds the row that says it, and only that", () =>
    onEmpty(
      Effect.gen(function* () {
        const store = yield* TraceStore
        yield* store.append(
          [
            sample(99),
            ...HOSTILE.map((text, index) =>
              sample(index, {
                model: text,
                provider: text,
                subject: text,
                errorType: text,
                finishReasons: ["stop", text],
                metadata: { [text]: text },
                conversationId: text
              })
            )
          ],
          "'batch\\"
        )
        for (const [index, text] of HOSTILE.entries()) {
          for (const field of fields) {
            const page = yield* store.page({ filter: { [field]: text }, limit: 5 })
            assert.deepStrictEqual(
              page.traces.map(({ requestId }) => requestId),
              [`request-${index}`],
              `${field} ${JSON.stringify(text)}`
            )
          }
          const { requestId } =
            (yield* store.page({ filter: { model: text, text: "question" }, limit: 5 })).traces[0] ?? {}
          assert.strictEqual(requestId, `request-${index}`)
          const request = { from: NOON, to: NOON + 60_000, filter: { subject: text } } as const
          const [first, ...more] = yield* store.top({ ...request, groupBy: "model", orderBy: "cost", limit: 9 })
          assert.deepStrictEqual([first?.group, first?.requests, more.length], [text.toWellFormed(), 1, 0])
          const series = yield* store.series({ ...request, stepMs: 60_000, groupBy: "subject" })
          assert.deepStrictEqual(
            series.lines.map(({ group, total }) => [group, total.requests]),
            [[text.toWellFormed(), 1]]
          )
          assert.deepStrictEqual(yield* Stream.runCollect(store.get(text)), [])
        }
        assert.strictEqual((yield* store.size).traces, HOSTILE.length + 1)
      })
    )
  )

  it.effect("half of a surrogate pair comes back as it was", () =>
    onEmpty(
      Effect.gen(function* () {
        const store = yield* TraceStore
        const odd = sample(0, { metadata: { "\ud800": "\udc00" }, subject: "\ud800" }, "\ud800 said")
        yield* store.append([odd], "1")
        assert.deepStrictEqual(yield* Stream.runCollect(store.get(odd.summary.traceId)), [odd])
      })
    )
  )

  it.effect.prop(
    "whatever a filter says, there is an answer",
    { filter: TraceFilter, cursor: Schema.Finite },
    ({ cursor, filter }) =>
      Effect.gen(function* () {
        const store = yield* TraceStore
        const position = Buffer.from(JSON.stringify([cursor, "'\\"])).toString("base64url")
        assert.deepStrictEqual((yield* store.page({ filter, limit: 3, cursor: position })).traces, [])
      }).pipe(Effect.provide(shared())),
    { arbitrary: { runs: 50 } }
  )

  let layer: ReturnType<typeof ClickHouseTraceStore.layer> | undefined
  const shared = () => {
    layer ??= ClickHouseTraceStore.layer({ url: engine.url() })
    return layer
  }
})

describe("words", () => {
  it.prop("are what a search takes for words", { text: Schema.String, more: Schema.String }, ({ more, text }) => {
    const content = `${text} Ärger-2x ${more}`
    const words = wordsOf(content)
    assert.includeMembers([...words], ["ärger", "2x"])
    for (const word of words) {
      assert.deepStrictEqual(searchTerms(word), [word])
      assert.isTrue(hasTerms(content, [word]))
    }
    for (const term of searchTerms(content)) assert.include(words, term)
  })

  it.effect("a search gives up after its share of rows, says so, and goes on from there", () =>
    Effect.gen(function* () {
      const url = engine.url()
      yield* Effect.gen(function* () {
        const store = yield* TraceStore
        const database = yield* connect(Redacted.value(url))
        yield* store.append([sample(0, {}, "needle")], "1")
        yield* database.run(
          `INSERT INTO traces (minute, start, trace_id, span_id, summary)
            SELECT {minute:UInt32}, {start:Float64} + number / 1000, toString(number), '', '{}' FROM numbers(450000)`,
          { minute: minuteOf(NOON) + 60, start: NOON + 3_600_000 }
        )
        const first = yield* store.page({ filter: { text: "needle" }, limit: 5 })
        assert.deepStrictEqual([first.traces, first.partial], [[], true])
        const second = yield* store.page({ filter: { text: "needle" }, limit: 5, cursor: first.next ?? "" })
        assert.deepStrictEqual([second.traces, second.partial], [[], true])
        const third = yield* store.page({ filter: { text: "needle" }, limit: 5, cursor: second.next ?? "" })
        assert.deepStrictEqual(
          [third.traces, third.partial, third.next],
          [[sample(0, {}, "needle").summary], false, undefined]
        )
      }).pipe(Effect.provide(ClickHouseTraceStore.layer({ url })))
    })
  )
})

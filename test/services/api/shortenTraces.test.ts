import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { MOST_CHARACTERS, shortenTraces } from "../../../src/services/api/shortenTraces.ts"
import type { StoredTrace } from "../../../src/services/store/TraceSummary.ts"
import { sample } from "../../contracts/storedTraces.ts"

/** A request whose prompt has so many characters, on a span and on an event of it. */
const saying = (index: number, characters: number): StoredTrace => {
  const { spans, summary } = sample(index)
  const content = "x".repeat(characters / 2)
  return {
    summary,
    spans: spans.map((span) => ({
      ...span,
      attributes: {
        "http.response.status_code": 200,
        "tfy.input": content,
        "gen_ai.response.finish_reasons": ["stop"]
      },
      events: [{ name: "e", timeUnixNano: "1", attributes: { "gen_ai.input.messages": [content], size: 3 } }]
    }))
  }
}

const shown = (traces: ReadonlyArray<StoredTrace>, most?: number) =>
  Stream.fromIterable(traces).pipe(shortenTraces(most), Stream.runCollect)

describe("the requests of a trace", () => {
  it.effect("are shown as they are where one answer holds them", () =>
    Effect.gen(function* () {
      const traces = [sample(0), saying(1, 4000), saying(2, 4000)]
      assert.deepStrictEqual(yield* shown(traces), traces)
    })
  )

  it.effect("keep every span and every short attribute where it does not, the first ones whole", () =>
    Effect.gen(function* () {
      const traces = [saying(0, 4000), saying(1, 4000), saying(2, 4000)]
      const [first, second, third, ...none] = yield* shown(traces, 8500)
      assert.deepStrictEqual(none, [])
      assert.strictEqual(first, traces[0])
      for (const [index, shown] of [second, third].entries()) {
        const whole = traces[index + 1]
        assert.deepStrictEqual([shown?.summary, shown?.shortened], [whole?.summary, true])
        assert.deepStrictEqual(
          shown?.spans.map(({ attributes, events, spanId }) => [spanId, attributes, events]),
          whole?.spans.map(({ spanId }) => [
            spanId,
            { "http.response.status_code": 200, "gen_ai.response.finish_reasons": ["stop"] },
            [{ name: "e", timeUnixNano: "1", attributes: { size: 3 } }]
          ])
        )
      }
    })
  )

  it.effect("make an answer that a text can hold, however many and long they are", () =>
    Effect.gen(function* () {
      const traces = Array.from({ length: 1000 }, (_, index) => saying(index, 1024 * 1024))
      const text = JSON.stringify(yield* shown(traces))
      assert.isBelow(text.length, MOST_CHARACTERS + 1000 * 2000)
    })
  )

  it.effect("are shortened one by one, before the next is read", () =>
    Effect.gen(function* () {
      const steps: Array<string> = []
      yield* Stream.unfold(0, (index) => {
        if (index === 3) return Effect.undefined
        steps.push(`read ${index}`)
        return Effect.succeed([saying(index, 4000), index + 1] as const)
      }).pipe(
        shortenTraces(8500),
        Stream.runForEach(({ shortened = false }) => Effect.sync(() => steps.push(shortened ? "shortened" : "whole")))
      )
      assert.deepStrictEqual(steps, ["read 0", "whole", "read 1", "shortened", "read 2", "shortened"])
    })
  )
})

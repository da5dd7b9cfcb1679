import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Pool } from "undici"
import { makeWaiters } from "../../../src/layers/fake/Waiters.ts"
import { chat, headersOf } from "./ask.ts"

export interface LoadOptions {
  readonly url: string
  /** Requests begun a second, whatever the answers do. Half of them stream. */
  readonly rate: number
  /** Requests that may be under way at once: one over it is not sent. */
  readonly concurrency: number
}

/** A request whose answer came whole. */
export interface Completed {
  readonly status: number
  readonly traceId: string
  readonly stream: boolean
  /** On `performance.now()`. */
  readonly start: number
  readonly end: number
}

export interface Load {
  readonly completed: ReadonlyArray<Completed>
  /** Answers that did not come whole. */
  readonly broken: () => number
  /** Requests not sent, because too many were under way. */
  readonly held: () => number
  readonly untilCompleted: (count: number) => Effect.Effect<void>
  /** Sends no more, and waits for the answers under way. */
  readonly stop: Effect.Effect<void>
}

const TICK_MS = 5

/** Chats at a fixed rate until told to stop, or the scope's end. */
export const load = Effect.fnUntraced(function* ({ url, rate, concurrency }: LoadOptions) {
  const waiters = makeWaiters()
  const completed: Array<Completed> = []
  let [sent, underWay, broken, held] = [0, 0, 0, 0]
  const pool = yield* Effect.acquireRelease(
    Effect.sync(() => new Pool(url, { connections: concurrency })),
    (pool) => Effect.promise(() => pool.destroy())
  )
  const headers = headersOf({})

  const one = async (number: number) => {
    const stream = number % 2 === 0
    const start = performance.now()
    underWay++
    try {
      const answer = await pool.request({
        method: "POST",
        path: "/v1/chat/completions",
        headers,
        body: chat({ model: number % 4 < 2 ? "openai/echo" : "claude/sonnet", content: `number ${number}`, stream })
      })
      await answer.body.dump({ limit: Number.MAX_SAFE_INTEGER })
      const { statusCode: status } = answer
      completed.push({ status, traceId: String(answer.headers["x-trace-id"]), stream, start, end: performance.now() })
    } catch {
      broken++
    }
    underWay--
    waiters.changed()
  }

  const began = performance.now()
  const tick = () => {
    const due = Math.floor(((performance.now() - began) / 1000) * rate)
    for (; sent < due; sent++) {
      if (underWay < concurrency) void one(sent)
      else held++
    }
  }
  const timer = yield* Effect.acquireRelease(
    Effect.sync(() => setInterval(tick, TICK_MS)),
    (timer) => Effect.sync(() => clearInterval(timer))
  )

  return {
    completed,
    broken: () => broken,
    held: () => held,
    untilCompleted: (count) =>
      waiters.until(() => (completed.length >= count ? Option.some(undefined) : Option.none())),
    stop: Effect.andThen(
      Effect.sync(() => clearInterval(timer)),
      waiters.until(() => (underWay === 0 ? Option.some(undefined) : Option.none()))
    )
  } satisfies Load
})

/** Of the requests' durations, in milliseconds. */
export const percentile = (requests: ReadonlyArray<Completed>, p: number): number => {
  const sorted = requests.map(({ start, end }) => end - start).sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))] ?? Number.NaN
}

/** The middle one of the percentiles of each stretch of so many seconds: what a neighbour on the machine does to one of them does not count. */
export const typicalPercentile = (requests: ReadonlyArray<Completed>, p: number, seconds: number): number => {
  const stretches = [...Map.groupBy(requests, ({ start }) => Math.floor(start / 1000 / seconds)).values()]
  const percentiles = stretches.map((stretch) => percentile(stretch, p)).sort((a, b) => a - b)
  return percentiles[percentiles.length >> 1] ?? Number.NaN
}

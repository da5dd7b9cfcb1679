import type { StoredSpan, StoredTrace, TraceSummary } from "../../../src/services/store/TraceSummary.ts"

/** Unix milliseconds. */
export const START = 1_795_514_400_000

export const traceIdOf = (number: number): string => number.toString(16).padStart(32, "0")

/** Started so many seconds after the others' start. */
export const trace = (
  number: number,
  over: Partial<TraceSummary> = {},
  spans: ReadonlyArray<StoredSpan> = []
): StoredTrace => ({
  summary: {
    traceId: traceIdOf(number),
    spanId: number.toString(16).padStart(16, "0"),
    requestId: `req-${number}`,
    start: START + number * 1000,
    durationMs: 12.34,
    revision: "3",
    result: "ok",
    status: 200,
    streaming: false,
    requestedModel: "prod/chat",
    model: "openai-main/gpt-4o",
    provider: "openai",
    subject: "user:alice",
    teams: [],
    metadata: {},
    finishReasons: ["stop"],
    inputTokens: 10,
    outputTokens: 5,
    cost: 0.000125,
    attempts: 1,
    fallback: false,
    ...over
  },
  spans
})

const nano = (ms: number): string => `${BigInt(START) * 1_000_000n + BigInt(Math.round(ms * 1e6))}`

export const span = (
  id: string,
  parent: string | undefined,
  name: string,
  [from, to]: readonly [number, number],
  attributes: StoredSpan["attributes"] = {},
  error?: string
): StoredSpan => ({
  spanId: id.repeat(16),
  ...(parent === undefined ? {} : { parentSpanId: parent.repeat(16) }),
  name,
  kind: "internal",
  startTimeUnixNano: nano(from),
  endTimeUnixNano: nano(to),
  status: error === undefined ? { code: "unset" } : { code: "error", message: error },
  attributes,
  events: []
})

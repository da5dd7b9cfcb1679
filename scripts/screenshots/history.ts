import { join } from "node:path"
import * as Effect from "effect/Effect"
import { layer } from "../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { TraceStore } from "../../src/services/store/TraceStore.ts"
import type { StoredTrace, TraceSummary } from "../../src/services/store/TraceSummary.ts"
import { dialogues } from "./dialogues.ts"

const MINUTE_MS = 60_000
const MINUTES = 360
const PER_MINUTE = 16

/** Numbers that look random and are the same each time. */
const randomNumbers = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}

/** Dollars per million tokens, milliseconds. */
const models = [
  { model: "openai/gpt-4o-mini", provider: "openai", share: 46, latency: 900, input: 0.15, output: 0.6 },
  { model: "anthropic/claude-sonnet", provider: "anthropic", share: 28, latency: 1900, input: 3, output: 15 },
  { model: "openai/gpt-4o", provider: "openai", share: 16, latency: 1500, input: 2.5, output: 10 },
  { model: "mistral/mistral-small", provider: "mistral_ai", share: 10, latency: 650, input: 0.1, output: 0.3 }
]
const subjects = ["app:support", "app:support", "app:search", "app:checkout", "user:alice", "user:ben"]

/** A provider was in trouble for twenty minutes, two and a half hours ago. */
const inIncident = (minutesAgo: number) => minutesAgo > 130 && minutesAgo < 150

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0")

const oneRequest = (number: number, start: number, minutesAgo: number, random: () => number): StoredTrace => {
  let roll = random() * 100
  const chosen = models.find(({ share }) => (roll -= share) < 0) ?? models[0]!
  const trouble = inIncident(minutesAgo) && chosen.provider === "openai"
  const fate = random()
  // So that the newest page of the list shows each kind.
  const recent = minutesAgo <= 3
  const failed = fate < (trouble ? 0.3 : recent ? 0.06 : 0.012)
  const fellBack = !failed && (trouble ? fate < 0.8 : recent && chosen.provider === "openai" && fate < 0.15)
  const left = !failed && fate > (recent ? 0.95 : 0.988)
  const answered = fellBack ? models[1]! : chosen
  const spread = Math.exp((random() + random() + random() - 1.5) * 1.1)
  const durationMs = answered.latency * spread * (fellBack ? 2.2 : 1)
  const streaming = random() < 0.65
  const inputTokens = Math.round(120 + 2200 * random() ** 2)
  const outputTokens = failed ? 0 : Math.round(15 + 700 * random() ** 2)
  const summary: TraceSummary = {
    traceId: `${hex(number, 8)}7b0f4c6d9a1e4f52a3c8d6e9`,
    spanId: `${hex(number, 8)}5f406181`,
    requestId: `req-${hex(number, 6)}`,
    start,
    durationMs,
    revision: "5",
    result: failed ? "error" : left ? "cancelled" : "ok",
    status: failed ? 503 : 200,
    ...(failed ? { errorType: "http_503", errorMessage: "the provider answered 503" } : {}),
    ...(streaming && !failed ? { timeToFirstTokenMs: durationMs * (0.18 + 0.25 * random()) } : {}),
    route: "/v1/chat/completions",
    streaming,
    requestedModel: "prod/assistant",
    model: answered.model,
    provider: answered.provider,
    subject: subjects[Math.floor(random() * subjects.length)]!,
    teams: ["support"],
    metadata: { env: "prod" },
    finishReasons: failed || left ? [] : ["stop"],
    inputTokens,
    outputTokens,
    cost: (inputTokens * answered.input + outputTokens * answered.output) / 1e6,
    attempts: fellBack ? 3 : failed ? 2 : 1,
    fallback: fellBack,
    inputPreview: dialogues[Math.floor(random() * dialogues.length)]!.ask
  }
  const root = {
    spanId: summary.spanId,
    name: "POST /v1/chat/completions",
    kind: "server",
    startTimeUnixNano: `${start}000000`,
    endTimeUnixNano: `${Math.round(start + durationMs)}000000`,
    status: { code: failed ? "error" : "unset" },
    attributes: { "http.response.status_code": summary.status ?? 200 },
    events: []
  } as const
  return { summary, spans: [root] }
}

/** Six hours of a small company's traffic, up to now, into the data directory of a program that does not run yet. */
export const writeHistory = (data: string) =>
  Effect.gen(function* () {
    const store = yield* TraceStore
    const random = randomNumbers(11)
    const now = Date.now()
    let number = 0x4a000000
    for (let minutesAgo = MINUTES; minutesAgo > 0; minutesAgo--) {
      const busy = PER_MINUTE * (1 + 0.45 * Math.sin(minutesAgo / 55)) * (0.8 + 0.4 * random())
      const starts = Array.from({ length: Math.round(busy) }, () =>
        Math.floor(now - minutesAgo * MINUTE_MS + random() * MINUTE_MS)
      ).sort((a, b) => a - b)
      const requests = starts.map((start) => oneRequest(number++, start, minutesAgo, random))
      yield* store.append(requests, `minute-${minutesAgo}`)
    }
  }).pipe(Effect.provide(layer({ file: join(data, "traces.db") })))

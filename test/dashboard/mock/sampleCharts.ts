import type { Measures, Series, TopRow } from "../../../src/services/store/TraceQuery.ts"
import { randomNumbers } from "./sampleTraces.ts"

const measures = (random: () => number, at: number, weight: number): Measures => {
  const wave = 1 + 0.5 * Math.sin(at / 1_500_000)
  const requests = Math.round(weight * wave * (80 + random() * 25))
  return {
    requests,
    errors: Math.round(requests * random() * 0.03),
    inputTokens: requests * 640,
    outputTokens: requests * 190,
    cost: requests * 0.00021,
    latency: { p50: 610 + random() * 60, p95: 1900 + random() * 400, p99: 4100 + random() * 900 },
    timeToFirstToken: { p50: 210 + random() * 30, p95: 540 + random() * 90, p99: 900 + random() * 200 }
  }
}

const add = (a: Measures, b: Measures): Measures => ({
  ...b,
  requests: a.requests + b.requests,
  errors: a.errors + b.errors,
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  cost: a.cost + b.cost
})

const groups: Readonly<Record<string, ReadonlyArray<string>>> = {
  model: ["openai-main/gpt-4o-mini", "anthropic-main/claude-sonnet", "mistral/small"],
  provider: ["openai", "anthropic", "mistral_ai"],
  subject: ["service:checkout", "user:alice", "user:bob"]
}

export const sampleSeries = (from: number, to: number, stepMs: number, groupBy: string | null): Series => {
  const names = groupBy === null ? [""] : (groups[groupBy] ?? [""])
  return {
    stepMs,
    lines: names.map((group, index) => {
      const random = randomNumbers(index + 3)
      const points = Array.from({ length: Math.floor((to - from) / stepMs) }, (_, step) => {
        const at = from + step * stepMs
        return { at, ...measures(random, at, (stepMs / 60_000) * (groupBy === null ? 1 : 0.6 / (index + 1))) }
      })
      return {
        group,
        total: points.reduce<Measures>(
          add,
          measures(() => 0, 0, 0)
        ),
        points
      }
    })
  }
}

export const sampleTop = (from: number, to: number, groupBy: string): ReadonlyArray<TopRow> =>
  sampleSeries(from, to, to - from, groupBy).lines.map(({ group, total }) => ({ group, ...total }))

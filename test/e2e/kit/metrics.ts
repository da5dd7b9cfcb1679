import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type ParsedSample, parseExposition } from "../../services/metrics/parseExposition.ts"
import { get } from "./ask.ts"

export interface Ledger {
  readonly captured: number
  readonly delivered: number
  readonly rejected: number
  readonly deadLettered: number
  readonly dropped: number
  readonly queued: number
}

/** What `/metrics` says now: the sum of a metric's samples with these labels. */
export interface MetricsNow {
  readonly sum: (name: string, labels?: { readonly [name: string]: string }) => number
  readonly ledger: (destination: string) => Ledger
}

const matches = (sample: ParsedSample, labels: { readonly [name: string]: string }): boolean =>
  Object.entries(labels).every(([name, value]) => sample.labels[name] === value)

export const metricsOf = (url: string): Effect.Effect<MetricsNow> =>
  Effect.map(get(`${url}/metrics`), ({ status, text }) => {
    assert.strictEqual(status, 200)
    const samples = parseExposition(text).flatMap((metric) => metric.samples)
    const sum: MetricsNow["sum"] = (name, labels = {}) =>
      samples
        .filter((sample) => sample.name === name && matches(sample, labels))
        .reduce((total, { value }) => total + value, 0)
    return {
      sum,
      ledger: (destination) => {
        const outcome = (outcome: string) => sum("spangate_export_spans_total", { destination, outcome })
        return {
          captured: outcome("captured"),
          delivered: outcome("delivered"),
          rejected: outcome("rejected"),
          deadLettered: outcome("dead_lettered"),
          dropped: outcome("dropped"),
          queued: sum("spangate_export_queue_spans", { destination })
        }
      }
    }
  })

/** captured = delivered + rejected + dead-lettered + dropped + queued. */
export const assertBalanced = (ledger: Ledger): void => {
  const { captured, delivered, rejected, deadLettered, dropped, queued } = ledger
  assert.strictEqual(captured, delivered + rejected + deadLettered + dropped + queued, JSON.stringify(ledger))
}

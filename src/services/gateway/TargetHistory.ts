/**
 * What recent calls to a target showed: failures for its health, durations for latency routing.
 * Keyed by `account/model`, it outlives configuration revisions; every structure is a ring of fixed size.
 */
const FAILURE_WINDOW_MS = 120_000
const FAILURES_TO_UNHEALTHY = 2
const SAMPLE_WINDOW_MS = 20 * 60_000
const SAMPLES = 100
/** With fewer samples than this a target counts as fast, so that a new one gets its chance. */
const MIN_SAMPLES = 3

class Samples {
  private readonly at = new Float64Array(SAMPLES)
  private readonly value = new Float64Array(SAMPLES)
  private next = 0
  private size = 0

  add(now: number, value: number): void {
    this.at[this.next] = now
    this.value[this.next] = value
    this.next = (this.next + 1) % SAMPLES
    if (this.size < SAMPLES) this.size++
  }

  mean(now: number): number {
    let sum = 0
    let count = 0
    for (let i = 0; i < this.size; i++) {
      if (now - (this.at[i] ?? 0) <= SAMPLE_WINDOW_MS) {
        sum += this.value[i] ?? 0
        count++
      }
    }
    return count < MIN_SAMPLES ? 0 : sum / count
  }
}

export class TargetHistory {
  private failures: Array<number> = []
  private readonly streamed = new Samples()
  private readonly whole = new Samples()

  /** `millis`: to the first byte of a stream, to the end of any other answer. */
  succeeded(now: number, streaming: boolean, millis: number): void {
    if (this.failures.length > 0) this.failures = []
    ;(streaming ? this.streamed : this.whole).add(now, millis)
  }

  failed(now: number): void {
    this.failures.push(now)
    if (this.failures.length > FAILURES_TO_UNHEALTHY) this.failures.shift()
  }

  /** Unhealthy after two failures within two minutes with no success since. */
  healthy(now: number): boolean {
    if (this.failures.length < FAILURES_TO_UNHEALTHY) return true
    const oldest = this.failures[0] ?? 0
    return now - oldest > FAILURE_WINDOW_MS
  }

  /** Mean milliseconds of the last calls of this kind; 0 where too few are known. */
  latency(now: number, streaming: boolean): number {
    return (streaming ? this.streamed : this.whole).mean(now)
  }
}

/** Whether an answer speaks against the target itself, rather than against the request. */
export const countsAgainstHealth = (status: number): boolean =>
  status >= 500 || status === 429 || status === 401 || status === 403

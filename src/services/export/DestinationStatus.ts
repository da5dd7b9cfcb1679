import type { Ledger } from "../trace/TraceBus.ts"
import type { DeadLetterAccount } from "./DeadLetters.ts"
import type { HistogramSnapshot } from "./Histogram.ts"

/**
 * `healthy`: its last answer took spans, or it has had nothing to answer yet. `retrying`: it does not answer, or asks
 * to wait; nothing is lost. `unauthorized`: it refuses the key. `misconfigured`: the address, the method, the encoding
 * or the entry itself is wrong. `refusing`: its last answer refused a batch for another reason (400, 413, 500…).
 */
export type HealthState = "healthy" | "retrying" | "unauthorized" | "misconfigured" | "refusing"

export interface Health {
  readonly state: HealthState
  /** Unix milliseconds at which the state was entered. */
  readonly since: number
  /** Stays after recovery, so that an operator can see what it was. Never holds a header value. */
  readonly lastError?: LastError
  /** Unix milliseconds at which it last took a batch, in trouble too; absent until it has, since the exporter started. */
  readonly lastSuccessAt?: number
}

export interface LastError {
  readonly reason: string
  readonly message?: string
  /** Unix milliseconds. */
  readonly at: number
}

export interface DestinationStatus {
  readonly name: string
  /** As last read; absent until the bus has once been reached. */
  readonly ledger?: Ledger
  /** What it has refused for good; absent until something was, or while the store cannot be read. */
  readonly deadLetters?: DeadLetterAccount
  /** Bytes that the bus may hold for all, where it has a bound. */
  readonly queueCapacityBytes?: number
  readonly health: Health
  /** Nothing is sent, and nothing is lost, until its entry changes: its key is refused, or it cannot be opened. */
  readonly paused: boolean
  /** Sends repeated since this process started. */
  readonly retries: number
  /** Batches that ended in success, since this process started. */
  readonly batches: number
  /** Sends made only to find out which trace is to blame for a refusal, since this process started. */
  readonly probes: number
  /** Bytes before compression that a batch may have now: lowered by answers of 413. */
  readonly maxBatchBytes: number
  /** Seconds from the first byte of a send to the end of its answer, or to its failure. */
  readonly latency: HistogramSnapshot
}

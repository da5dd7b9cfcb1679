import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import type { MetricsText, Spangate } from "../spangate.ts"

export interface Sample {
  /** Seconds since the first. */
  readonly at: number
  /** MiB. */
  readonly resident: number
  readonly heap: number
  readonly files: number
  readonly resources: number
  /** MiB on disk. */
  readonly spool: number
  readonly letters: number
  /** Spans. */
  readonly queued: number
  /** Milliseconds, 99th percentile since the sample before. */
  readonly lag: number
}

const MEBIBYTE = 1024 ** 2

/** MiB of the files whose names begin like this. */
const onDisk = (directory: string, start: string): number =>
  readdirSync(directory)
    .filter((name) => name.startsWith(start))
    .reduce((sum, name) => sum + (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0), 0) / MEBIBYTE

const sampleOf = (gateway: Spangate, metrics: MetricsText, at: number): Sample => ({
  at,
  resident: metrics.sum("process_resident_memory_bytes") / MEBIBYTE,
  heap: metrics.sum("nodejs_heap_size_used_bytes") / MEBIBYTE,
  files: readdirSync(`/proc/${gateway.pid}/fd`).length,
  resources: metrics.sum("nodejs_active_resources"),
  spool: onDisk(join(gateway.data, "spool"), "spool.db"),
  letters: onDisk(join(gateway.data, "spool"), "dead-letters.db"),
  queued: metrics.backlog,
  lag: 1000 * metrics.sum("nodejs_eventloop_lag_p99_seconds")
})

export interface Watch {
  readonly samples: ReadonlyArray<Sample>
  readonly stop: () => Promise<void>
}

/** Looks at a gateway every so often until told to stop. Throws, at the stop, what a look threw. */
export const startWatch = (gateway: Spangate, everyMs: number): Watch => {
  const samples: Array<Sample> = []
  let stopped = false
  let wake = () => {}
  const began = performance.now()
  const watching = (async () => {
    while (!stopped) {
      const metrics = await gateway.metrics()
      samples.push(sampleOf(gateway, metrics, (performance.now() - began) / 1000))
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  })()
  // Told of at the stop.
  watching.catch(() => {})
  return {
    samples,
    stop: () => {
      stopped = true
      wake()
      return watching
    }
  }
}

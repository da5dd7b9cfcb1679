import type { Status } from "../../../src/dashboard/api/types.ts"
import { attributes } from "../../../src/services/trace/attributes.ts"

const common = {
  paused: false,
  retries: 3,
  batches: 812,
  probes: 0,
  maxBatchBytes: 4_000_000,
  latency: { bounds: [0.1, 1], counts: [700, 100, 12], sum: 94 }
}

export const sampleStatus = (revision: number, now: number, traces: number): Status => ({
  version: "0.1.0",
  revision,
  members: [
    {
      role: "gateway",
      instance: "gw-1",
      host: "gateway-7c9f-x2k4",
      version: "0.1.0",
      revision: String(revision),
      seenAt: now - 800
    },
    {
      role: "gateway",
      instance: "gw-2",
      host: "gateway-7c9f-p8d1",
      version: "0.1.0",
      revision: String(revision),
      seenAt: now - 1400
    },
    {
      role: "exporter",
      instance: "ex-1",
      host: "exporter-0",
      version: "0.1.0",
      revision: String(revision),
      seenAt: now - 300
    }
  ],
  destinations: [
    {
      name: "middleware",
      ledger: {
        captured: 1_204_518,
        delivered: 1_204_380,
        rejected: 0,
        deadLettered: 12,
        dropped: {},
        queued: 126,
        queuedBytes: 81_000,
        oldestAt: now - 900
      },
      health: {
        state: "healthy",
        since: now - 5_000_000,
        lastError: { reason: "http_503", message: "try again", at: now - 5_100_000 },
        lastSuccessAt: now - 3000
      },
      ...common
    },
    {
      name: "collector",
      ledger: {
        captured: 402_112,
        delivered: 401_000,
        rejected: 0,
        deadLettered: 0,
        dropped: { full: 2 },
        queued: 1110,
        queuedBytes: 640_000,
        oldestAt: now - 94_000
      },
      health: {
        state: "unauthorized",
        since: now - 90_000,
        lastError: { reason: "http_401", message: "invalid token", at: now - 88_000 },
        lastSuccessAt: now - 94_000
      },
      ...common,
      paused: true
    }
  ],
  traceStore: { traces, bytes: traces * 10_490, oldest: now - 6 * 86_400_000 }
})

export const sampleAttributes = [...attributes].map(([name, { type, content }]) => ({
  name,
  type,
  content,
  on: "span" as const
}))

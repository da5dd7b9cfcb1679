import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { statusText, troubles } from "../../../src/programs/cli/statusTexts.ts"
import type * as StatusApi from "../../../src/services/api/StatusApi.ts"
import { FakeControlPlane, layer } from "./FakeControlPlane.ts"
import { cli } from "./runCli.ts"
import { START } from "./storedTraces.ts"

type Status = typeof StatusApi.Status.Type

const ledger = {
  captured: 100,
  delivered: 90,
  rejected: 1,
  deadLettered: 2,
  dropped: { full: 3, not_sampled: 1 },
  queued: 3,
  queuedBytes: 4096,
  oldestAt: START - 5000
}

const destination: Status["destinations"][number] = {
  name: "middleware",
  ledger,
  health: { state: "healthy", since: START - 60_000 },
  paused: false,
  retries: 0,
  batches: 4,
  probes: 0,
  maxBatchBytes: 4_000_000,
  latency: { bounds: [0.1], counts: [4, 0], sum: 0.2 }
}

const gateway: Status["members"][number] = {
  role: "gateway",
  instance: "g-1",
  host: "node-a",
  version: "1.2.3",
  revision: "12",
  seenAt: START - 1500
}

const well: Status = {
  version: "1.2.3",
  revision: 12,
  members: [gateway, { ...gateway, role: "exporter", instance: "e-1" }],
  destinations: [destination],
  traceStore: { traces: 1234, bytes: 5_600_000, oldest: START - 3_600_000 }
}

describe("spangate status", () => {
  it("shows programs, ledgers and the store", () => {
    assert.strictEqual(
      statusText(well, START),
      `Control plane 1.2.3, configuration revision 12

PROGRAM   INSTANCE  HOST    VERSION  REVISION  SEEN
gateway   g-1       node-a  1.2.3    12        1.5 s ago
exporter  e-1       node-a  1.2.3    12        1.5 s ago

DESTINATION  HEALTH   CAPTURED  DELIVERED  REJECTED  DEAD  DROPPED  QUEUED      LAG    LAST ERROR
middleware   healthy  100       90         1         2     4        3 (4.1 kB)  5.0 s

Trace store: 1234 traces, 5.6 MB, since 2026-11-24T09:00:00Z`
    )
    assert.deepStrictEqual(troubles(well), [])
  })

  it("shows what is on its way to the store, and says when it is stuck", () => {
    const behind = { ...well, traceIngest: { ledger, waiting: false } }
    assert.match(statusText(behind, START), /, since [^;]+; 3 spans \(4\.1 kB\) on the way to it, 5\.0 s behind$/)
    assert.deepStrictEqual(troubles(behind), [])
    const { traceStore: _, ...away } = { ...well, traceIngest: { ledger, waiting: true } }
    assert.match(statusText(away, START), /cannot be reached; 3 spans /)
    assert.deepStrictEqual(troubles(away), [
      "the trace store cannot be reached",
      "the trace store does not take traces, they wait in the bus"
    ])
  })

  it("finds everything that somebody has to look at", () => {
    const { traceStore: _, ...storeless } = well
    const lastError = { reason: "http_401", message: "no\u001b[31m key", at: START - 1000 }
    const { ledger: __, ...unread } = destination
    const ill: Status = {
      ...storeless,
      members: [{ ...gateway, role: "exporter", revision: "11" }],
      destinations: [
        { ...destination, paused: true, health: { state: "unauthorized", since: START, lastError } },
        { ...destination, name: "b", ledger: { ...ledger, delivered: 89 } },
        { ...unread, name: "c", health: { ...destination.health, lastError } }
      ]
    }
    assert.deepStrictEqual(troubles(ill), [
      "no gateway has been heard of lately",
      "exporter g-1 has revision 11 in force, not 12",
      "destination middleware is unauthorized since 2026-11-24T10:00:00Z, http_401: no [31m key, nothing is sent until its entry changes",
      "the ledger of destination b is off by 1 span",
      "the trace store cannot be reached"
    ])
    const text = statusText(ill, START)
    assert.match(text, /^middleware +unauthorized, paused +100 .* 2026-11-24T09:59:59Z http_401: no \[31m key$/m)
    assert.match(text, /^c +healthy +(\? +){7}2026/m)
    assert.include(text, "Trace store: cannot be reached")
    assert.notInclude(text, "\u001b")
  })

  it("does not compare a revision that is a file's hash", () => {
    assert.deepStrictEqual(troubles({ ...well, members: [{ ...gateway, revision: "0a1b2c3d4e5f" }] }), [])
    assert.deepStrictEqual(troubles({ ...well, members: [{ ...gateway, revision: "123456789012" }] }), [])
  })

  it.live("exits with 1 when something is wrong, else with 0", () =>
    Effect.gen(function* () {
      const { world } = yield* FakeControlPlane
      world.size = undefined
      const bad = yield* cli("status")
      assert.strictEqual(bad.code, 1)
      assert.include(bad.stdout, "configuration revision 0\n\nNo programs\n\nNo destinations\n")
      assert.strictEqual(bad.stderr, "no gateway has been heard of lately\nthe trace store cannot be reached\n")

      world.members = [{ ...gateway, revision: "0" }]
      world.destinations = [destination]
      world.size = { traces: 1, bytes: 2 }
      const good = yield* cli("status", "--json")
      assert.deepStrictEqual([good.code, good.stderr], [0, ""])
      assert.deepStrictEqual(JSON.parse(good.stdout), {
        version: "1.2.3",
        revision: 0,
        members: world.members,
        destinations: [destination],
        traceStore: world.size,
        troubles: []
      })
    }).pipe(Effect.provide(layer))
  )
})

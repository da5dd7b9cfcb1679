import { assert, describe, it } from "@effect/vitest"
import type { Ledger } from "../../src/services/trace/TraceBus.ts"
import { assertAccounted, assertExact, assertPatient, type Outcome } from "./Account.ts"
import { drawFrom } from "./Draw.ts"
import { type Arrival, SimulatedDestination } from "./SimulatedDestination.ts"

const TIMEOUT_MS = 10_000
const PLAN = {
  name: "a",
  transport: "grpc",
  maxBatchBytes: 1000,
  maxBatchSpans: 10,
  onUnauthorized: "pause"
} as const

const TRACE = "a".repeat(32)
const key = (span: number, traceId = TRACE) => `${traceId}/${span.toString(16).padStart(16, "0")}`

const arrival = (over: Partial<Arrival> = {}): Arrival => ({
  process: 1,
  body: new Uint8Array(1),
  spans: 4,
  at: 0,
  reaction: { afterMs: 0, end: { status: 200 } },
  ...over
})

const ledger = (over: Partial<Ledger> = {}): Ledger => ({
  captured: 4,
  delivered: 4,
  rejected: 0,
  deadLettered: 0,
  dropped: {},
  queued: 0,
  queuedBytes: 0,
  ...over
})

interface Tampering extends Partial<Omit<Outcome, "destination" | "ledger">> {
  readonly held?: ReadonlyArray<string>
  readonly changed?: string
  readonly ledger?: Partial<Ledger>
}

/** A trace of four spans that was handed over, confirmed, sent and taken, but for what is tampered with. */
const outcome = ({ changed, held = [1, 2, 3, 4].map((span) => key(span)), ledger: over, ...rest }: Tampering = {}) => {
  const destination = new SimulatedDestination(PLAN, drawFrom("unused"))
  for (const span of held) destination.held.set(span, {})
  if (changed !== undefined) destination.changed.push(changed)
  destination.arrivals.push(arrival())
  const whole: Outcome = {
    captured: new Map([[TRACE, 4]]),
    handed: [{ traceIds: [TRACE], spans: 4, confirmed: true }],
    told: [],
    letters: undefined,
    movedAside: { spool: 0, letters: 0 },
    cut: { spool: false, letters: false },
    happened: { damage: false, fullDisk: false },
    ...rest,
    destination,
    ledger: ledger(over)
  }
  return whole
}

const letters = {
  destination: "a",
  letters: 1,
  bytes: 10,
  buriedSpans: 4,
  storedSpans: 4,
  replayedSpans: 0,
  rejectedSpans: 0,
  purgedSpans: 0,
  droppedSpans: { full: 0, expired: 0 }
}

/** By what is wrong with it. */
const bad: { readonly [name: string]: Tampering } = {
  "an acknowledged span that is nowhere": { held: [1, 2, 3].map((span) => key(span)) },
  "a span that nobody captured": { held: [1, 2, 3, 4, 5].map((span) => key(span)) },
  "a trace that nobody captured": { held: [1, 2, 3, 4].map((span) => key(span)).concat(key(1, "b".repeat(32))) },
  "a span that came again and was another": { changed: key(1) },
  "a ledger that does not add up": { ledger: { delivered: 3 } },
  "a figure below nothing": { ledger: { delivered: 5, queued: -1 } },
  "what an acknowledgement forgot": { ledger: { delivered: 3, dropped: { unaccounted: 1 } } },
  "a drop where nothing may be dropped": { ledger: { delivered: 3, dropped: { expired: 1 } } },
  "something queued in the end": { ledger: { delivered: 3, queued: 1 } },
  "less captured than was acknowledged": { ledger: { captured: 3, delivered: 3 } },
  "more captured than was handed over": { ledger: { captured: 5, delivered: 5 } },
  "more missing than is counted, in a damaged spool": {
    held: [],
    ledger: { delivered: 1, dropped: { corrupt: 3 } },
    happened: { damage: true, fullDisk: false }
  },
  "a letter that was not replayed": { letters },
  "letters that do not add up": { letters: { ...letters, storedSpans: 0 } }
}

describe("assertAccounted", () => {
  it("takes what is right", () => {
    assertAccounted(outcome())
    assertExact(outcome(), TIMEOUT_MS)
    assertAccounted(
      outcome({
        held: [key(1)],
        ledger: { delivered: 1, dropped: { corrupt: 3 } },
        happened: { damage: true, fullDisk: false }
      })
    )
  })

  for (const [name, tampering] of Object.entries(bad)) {
    it(`refuses ${name}`, () => {
      assert.throws(() => assertAccounted(outcome(tampering)))
    })
  }
})

describe("assertExact", () => {
  it("refuses a rejection counted as a delivery, and a loss before the bus that nobody was told of", () => {
    assert.throws(() => assertExact(outcome({ ledger: { delivered: 3, rejected: 1 } }), TIMEOUT_MS))
    assert.throws(() => assertExact(outcome({ ledger: { captured: 3, delivered: 3 } }), TIMEOUT_MS))
  })
})

describe("assertPatient", () => {
  const body = new Uint8Array(1)
  const asking = { afterMs: 0, end: { status: 503, retryAfter: { ms: 5000, form: "seconds" } } } as const

  it("takes a pause between two sends, and a new process that knows of none", () => {
    assertPatient([arrival({ body }), arrival({ body, at: 800 })])
    assertPatient([arrival({ body, reaction: asking }), arrival({ at: 5000 })])
    assertPatient([arrival({ body, reaction: asking }), arrival({ body, process: 2, at: 1 })])
  })

  it("refuses the same bytes at once, and anything before its time", () => {
    assert.throws(() => assertPatient([arrival({ body }), arrival({ body, at: 700 })]))
    assert.throws(() => assertPatient([arrival({ body, reaction: asking }), arrival({ at: 4999 })]))
  })
})

import { assert } from "@effect/vitest"
import type { DeadLetterAccount } from "../../src/services/export/DeadLetters.ts"
import type { Ledger } from "../../src/services/trace/TraceBus.ts"
import type { Handed } from "./Machine.ts"
import type { Arrival, SimulatedDestination } from "./SimulatedDestination.ts"

/** Why a span may be dropped before it is in the bus: of these it was never said that they are kept. */
const BEFORE_THE_BUS = new Set(["queue_full", "spool_full", "shutdown", "not_encodable"])

export const assertBalanced = (ledger: Ledger): void => {
  const { captured, deadLettered, delivered, dropped, queued, rejected } = ledger
  const words = JSON.stringify(ledger)
  const figures = [captured, delivered, rejected, deadLettered, queued, ...Object.values(dropped)]
  assert.isTrue(
    figures.every((figure) => Number.isInteger(figure) && figure >= 0),
    words
  )
  const drops = Object.values(dropped).reduce((sum, spans) => sum + spans, 0)
  assert.strictEqual(captured, delivered + rejected + deadLettered + drops + queued, words)
  assert.notProperty(dropped, "unaccounted", words)
}

export const assertLettersBalanced = (account: DeadLetterAccount): void => {
  const { buriedSpans, droppedSpans, purgedSpans, rejectedSpans, replayedSpans, storedSpans } = account
  const ends = replayedSpans + rejectedSpans + purgedSpans + droppedSpans.full + droppedSpans.expired
  assert.strictEqual(buriedSpans, storedSpans + ends, JSON.stringify(account))
}

/** Everything that is known when a simulation is over and everybody has had time to settle. */
export interface Outcome {
  /** By trace id: how many spans the request has. */
  readonly captured: ReadonlyMap<string, number>
  readonly handed: ReadonlyArray<Handed>
  readonly told: ReadonlyArray<{ readonly spans: number; readonly confirmed: boolean }>
  readonly destination: SimulatedDestination
  readonly ledger: Ledger
  readonly letters: DeadLetterAccount | undefined
  /** Files that were found damaged, said so loudly, and moved aside. */
  readonly movedAside: { readonly spool: number; readonly letters: number }
  /** A write-ahead log was found damaged, said so loudly, and could not be mended. */
  readonly cut: { readonly spool: boolean; readonly letters: boolean }
  readonly happened: { readonly damage: boolean; readonly fullDisk: boolean }
}

/** Nothing that was acknowledged is lost, or it is counted by a name; and nothing came that nobody sent. */
export const assertAccounted = ({
  captured,
  cut,
  destination,
  handed,
  happened,
  ledger,
  letters,
  movedAside,
  told
}: Outcome): void => {
  assertBalanced(ledger)
  assert.strictEqual(ledger.queued, 0, "all is settled")
  if (letters !== undefined) {
    assertLettersBalanced(letters)
    if (!happened.damage) assert.strictEqual(letters.storedSpans, 0, "what was refused was replayed")
  }

  const arrived = Map.groupBy([...destination.held.keys(), ...destination.rejected], (key) => key.slice(0, 32))
  const came = (traceId: string): number => new Set(arrived.get(traceId)).size
  for (const traceId of arrived.keys()) {
    assert.isAtMost(came(traceId), captured.get(traceId) ?? 0, `trace ${traceId} has the spans that were captured`)
  }
  assert.deepStrictEqual(destination.changed, [], "what came again came the same")

  const confirmed = new Set(handed.filter((hand) => hand.confirmed).flatMap(({ traceIds }) => traceIds))
  let missing = 0
  for (const traceId of confirmed) missing += (captured.get(traceId) ?? 0) - came(traceId)
  const drops = Object.entries(ledger.dropped).filter(([reason]) => !BEFORE_THE_BUS.has(reason))
  const dropped = drops.reduce((total, [, spans]) => total + spans, 0)
  const lost =
    letters === undefined ? 0 : letters.storedSpans + letters.droppedSpans.full + letters.droppedSpans.expired
  const spoolBroke = movedAside.spool > 0 || cut.spool
  const lettersBroke = movedAside.letters > 0 || cut.letters
  const words = `${missing} acknowledged spans are nowhere; dropped: ${JSON.stringify(ledger.dropped)}`
  if (!happened.damage && !happened.fullDisk) {
    assert.strictEqual(missing, 0, words)
    assert.deepStrictEqual(drops, [], "nothing is dropped")
  } else if (!spoolBroke && !lettersBroke) {
    assert.isAtMost(missing, dropped + lost, words)
  }

  // A damaged file may take the account of the past with it, which its log line says.
  if (spoolBroke) return
  const sure = [...handed, ...told].filter((each) => each.confirmed)
  assert.isAtLeast(ledger.captured, sumOf(sure), "what was acknowledged was captured")
  assert.isAtMost(ledger.captured, sumOf(handed) + sumOf(told), "nothing was captured that nobody handed over")
}

const sumOf = (all: ReadonlyArray<{ readonly spans: number }>): number =>
  all.reduce((total, { spans }) => total + spans, 0)

/** What a destination took and rejected is what the accounts say, to the span. Only where no process died. */
export const assertExact = ({ captured, destination, ledger, letters }: Outcome, timeoutMs: number): void => {
  const all = [...captured.values()].reduce((sum, spans) => sum + spans, 0)
  assert.strictEqual(ledger.captured, all, "captured")
  let [taken, rejected] = [0, 0]
  for (const { reaction, spans } of destination.arrivals) {
    const { afterMs, end } = reaction
    if (typeof end === "string" || end.status >= 300 || afterMs >= timeoutMs) continue
    const rejections = Math.min(spans, end.rejectedSpans ?? 0)
    taken += spans - rejections
    rejected += rejections
  }
  assert.strictEqual(ledger.delivered + (letters?.replayedSpans ?? 0), taken, "delivered")
  assert.strictEqual(ledger.rejected + (letters?.rejectedSpans ?? 0), rejected, "rejected")
  assert.strictEqual(ledger.deadLettered, letters?.buriedSpans ?? 0, "dead-lettered")
}

/** The least pause between two sends of the same bytes: the first backoff, less its jitter. */
const LEAST_PAUSE_MS = 800

/** While it fails, a destination is left alone between two sends, and for as long as it asks. */
export const assertPatient = (arrivals: ReadonlyArray<Arrival>): void => {
  const lastOf = new Map<Uint8Array, Arrival>()
  for (const arrival of arrivals) {
    const before = lastOf.get(arrival.body)
    lastOf.set(arrival.body, arrival)
    if (before === undefined || before.process !== arrival.process) continue
    assert.isAtLeast(arrival.at - before.at, LEAST_PAUSE_MS, "a pause before the same bytes go again")
  }
  for (const [index, { at, process, reaction }] of arrivals.entries()) {
    const asked = typeof reaction.end === "object" ? (reaction.end.retryAfter?.ms ?? 0) : 0
    const next = arrivals[index + 1]
    if (asked === 0 || next?.process !== process) continue
    assert.isAtLeast(next.at - at, asked, "a destination that asks for time gets it")
  }
}

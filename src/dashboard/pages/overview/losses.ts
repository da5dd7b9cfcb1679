import type { DestinationStatus } from "../../api/types.ts"

export interface Drop {
  /** As the ledger says it, in words: `destination behind`. */
  readonly reason: string
  readonly spans: number
  /** By its entry: no loss. */
  readonly wanted: boolean
}

/** What of a destination's spans was not sent, by reason, the most first. */
export const dropsOf = ({ ledger }: Pick<DestinationStatus, "ledger">): ReadonlyArray<Drop> =>
  Object.entries(ledger?.dropped ?? {})
    .filter(([, spans]) => spans > 0)
    .map(([reason, spans]) => ({ reason: reason.replaceAll("_", " "), spans, wanted: reason === "not_sampled" }))
    .sort((a, b) => b.spans - a.spans)

/** What did not arrive, and will not by itself. */
export const lostSpans = (status: Pick<DestinationStatus, "ledger">): number =>
  dropsOf(status).reduce(
    (sum, { spans, wanted }) => (wanted ? sum : sum + spans),
    (status.ledger?.deadLettered ?? 0) + (status.ledger?.rejected ?? 0)
  )

/** Spans of dead letters that can still be sent again; where nobody counts them, all that there ever were. */
export const keptLetters = ({ deadLetters, ledger }: Pick<DestinationStatus, "deadLetters" | "ledger">): number =>
  deadLetters?.storedSpans ?? ledger?.deadLettered ?? 0

import type { Disposition, Ledger } from "../../services/trace/TraceBus.ts"
import { isBefore, type PublicationOrder } from "./publicationOrder.ts"
import { add, from, has, highest, type Sequences } from "./Sequences.ts"

type Counts = { readonly [reason: string]: number }

/** What lies in the stream between two places, by its headers. */
export interface Totals {
  /** Of frames. */
  readonly spans: number
  readonly bytes: number
  /** Spans that publishers lost, by reason. */
  readonly lost: Counts
}

/**
 * What may have been in somebody's hands, up to `released` and not counted, when it had to make room or grew too old.
 * Whoever has it may yet settle it; it is nowhere else.
 */
export interface InDoubt {
  readonly spans: number
  readonly bytes: number
  /** Of the spans, those that grew too old. Where there are others too, what is settled is taken for one of them. */
  readonly expired?: number
  /** Unix milliseconds: nobody has said for so long that he has any of it that nobody does. */
  readonly until: number
}

/**
 * A consumer's account as the bucket holds it, one for all instances that share the consumer. What is captured is
 * written down as far as `through`; from there on the stream itself tells.
 */
export interface ConsumerAccount {
  /** The stream's last sequence when the consumer was made. */
  readonly origin: number
  readonly through: number
  /** Spans and bytes of the frames from `origin` through `through`. */
  readonly captured: number
  readonly capturedBytes: number
  readonly lost: Counts
  readonly delivered: number
  readonly rejected: number
  readonly deadLettered: number
  readonly dropped: Counts
  readonly settledBytes: number
  /**
   * Frames in the figures above that the stream still holds. A server that was killed forgets acknowledgements, also
   * some that it had confirmed, and a frozen instance's frames go to another: what is delivered again and stands here
   * is acknowledged again, and neither sent nor counted.
   *
   * While frames are in doubt it also holds all else up to `released`, whether the stream has it or not, what was given
   * up and what no frame is included: what is missing there is in doubt, and nothing else is.
   */
  readonly counted: Sequences
  /** The consumer needs nothing of the stream up to here: all of it is counted, but for what is in doubt. */
  readonly released?: number
  readonly inDoubt?: InDoubt
  /** When the stream was made that the sequences are of. */
  readonly stream?: string
  /** The latest publication of the configuration that is known to want the consumer. */
  readonly wanted?: PublicationOrder
}

export const newAccount = (origin: number): ConsumerAccount => ({
  origin,
  through: origin,
  captured: 0,
  capturedBytes: 0,
  lost: {},
  delivered: 0,
  rejected: 0,
  deadLettered: 0,
  dropped: {},
  settledBytes: 0,
  counted: []
})

export const want = (account: ConsumerAccount, order: PublicationOrder): ConsumerAccount =>
  isBefore(account.wanted, order) ? { ...account, wanted: order } : account

export interface SettledFrame {
  readonly sequence: number
  readonly spans: number
  readonly bytes: Uint8Array
}

/** The same consumer of another stream: what of the old one is not settled stays outstanding, and goes as expired. */
export const inStream = (account: ConsumerAccount, stream: string): ConsumerAccount => {
  if (account.stream === stream) return account
  if (account.stream === undefined) return { ...account, stream }
  const { inDoubt: _, released: __, ...rest } = account
  return { ...rest, stream, origin: 0, through: 0, counted: [] }
}

/** Whether a frame is counted, so that whoever has it or gets it again must neither send nor count it. */
export const isCounted = (account: ConsumerAccount, sequence: number): boolean =>
  (account.inDoubt === undefined && sequence <= (account.released ?? 0)) || has(account.counted, sequence)

/** No frame after this one is counted. */
export const lastCounted = ({ counted, released = 0 }: ConsumerAccount): number => Math.max(highest(counted), released)

/**
 * A gap that the stream holds no more is either what a publisher lost, which nobody settles, or frames that grew too old
 * in somebody's hands. So many of them are remembered; a frame in an older one expires, whatever comes of it.
 */
const MOST_GAPS = 16

/** What the stream holds no more need not be remembered one by one. */
const forget = (account: ConsumerAccount, first: number): ConsumerAccount => {
  if (account.inDoubt !== undefined) return account
  const { counted } = account
  let old = counted.length - from(counted, first).length
  let released = Math.max(account.origin, account.released ?? 0)
  let forgotten = 0
  for (const [start, end] of counted.slice(0, old)) {
    if (start > released + 1 && old <= MOST_GAPS) break
    released = Math.max(released, end)
    forgotten += 1
    old -= 1
  }
  return forgotten === 0 ? account : { ...account, counted: counted.slice(forgotten), released }
}

/**
 * Books frames on the account. Spans that the disposition does not speak of are dropped as `unaccounted`; frames that
 * are counted already, by whomever, are not counted again. `first` is where the stream begins now.
 */
export const settle = (
  account: ConsumerAccount,
  frames: ReadonlyArray<SettledFrame>,
  disposition: Disposition,
  first: number
): ConsumerAccount => {
  const fresh = frames.filter(({ sequence }) => !isCounted(account, sequence))
  if (fresh.length === 0) return account
  const [spans, all] = [spansOf(fresh), spansOf(frames)]
  const { deadLettered, delivered, dropped, rejected } = without(disposition, all - spans)
  const missing = spans - delivered - rejected - deadLettered - sum(dropped)
  const kept = forget(account, first)
  const counted = add(
    kept.counted,
    fresh.map(({ sequence }) => sequence)
  )
  return {
    ...certain(kept, fresh),
    delivered: account.delivered + delivered,
    rejected: account.rejected + rejected,
    deadLettered: account.deadLettered + deadLettered,
    dropped: plus(account.dropped, missing === 0 ? dropped : plus(dropped, { unaccounted: missing })),
    settledBytes: account.settledBytes + bytesOf(fresh),
    counted
  }
}

/** The frames are in doubt no longer, where they were. */
const certain = (account: ConsumerAccount, frames: ReadonlyArray<SettledFrame>): ConsumerAccount => {
  const { inDoubt, ...rest } = account
  if (inDoubt === undefined) return account
  const known = frames.filter(({ sequence }) => sequence <= (account.released ?? 0))
  const left = { ...inDoubt, spans: inDoubt.spans - spansOf(known), bytes: inDoubt.bytes - bytesOf(known) }
  return left.spans > 0 || left.bytes > 0 ? { ...rest, inDoubt: left } : rest
}

/** The same less some spans: delivered ones first, which is what nearly all are. */
const without = (disposition: Disposition, spans: number): Disposition => {
  if (spans === 0) return disposition
  const less = (count: number): number => {
    const left = Math.max(0, count - spans)
    spans -= count - left
    return left
  }
  return {
    delivered: less(disposition.delivered),
    rejected: less(disposition.rejected),
    deadLettered: less(disposition.deadLettered),
    dropped: Object.fromEntries(Object.entries(disposition.dropped).map(([reason, count]) => [reason, less(count)]))
  }
}

const spansOf = (frames: ReadonlyArray<SettledFrame>): number => frames.reduce((total, { spans }) => total + spans, 0)
const bytesOf = (frames: ReadonlyArray<SettledFrame>): number =>
  frames.reduce((total, { bytes }) => total + bytes.byteLength, 0)

/** Writes down what the stream tells as far as `through`. */
export const advance = (account: ConsumerAccount, through: number, totals: Totals): ConsumerAccount => ({
  ...account,
  through,
  captured: account.captured + totals.spans,
  capturedBytes: account.capturedBytes + totals.bytes,
  lost: plus(account.lost, totals.lost)
})

/** Books frames that nobody will settle. */
export const drop = (
  account: ConsumerAccount,
  { bytes, spans }: Pick<Totals, "spans" | "bytes">,
  reason: string
): ConsumerAccount => ({
  ...account,
  dropped: spans === 0 ? account.dropped : plus(account.dropped, { [reason]: spans }),
  settledBytes: account.settledBytes + bytes
})

const settledSpans = (account: ConsumerAccount): number =>
  account.delivered + account.rejected + account.deadLettered + sum(account.dropped)

/** What is captured and not settled, with what the stream tells beyond the account. */
export const outstanding = (account: ConsumerAccount, beyond: Totals): Totals => ({
  spans: Math.max(0, account.captured + beyond.spans - settledSpans(account)),
  bytes: Math.max(0, account.capturedBytes + beyond.bytes - account.settledBytes),
  lost: {}
})

/** Balances by its making. */
export const ledgerOf = (account: ConsumerAccount, beyond: Totals, oldestAt: number | undefined): Ledger => {
  const { deadLettered, delivered, rejected } = account
  const { bytes, spans } = outstanding(account, beyond)
  const dropped = plus(account.dropped, plus(account.lost, beyond.lost))
  return {
    captured: delivered + rejected + deadLettered + sum(dropped) + spans,
    delivered,
    rejected,
    deadLettered,
    dropped,
    queued: spans,
    queuedBytes: bytes,
    ...(oldestAt === undefined ? {} : { oldestAt })
  }
}

export const plus = (a: Counts, b: Counts): Counts => {
  const both: Record<string, number> = { ...a }
  for (const [reason, spans] of Object.entries(b)) both[reason] = (both[reason] ?? 0) + spans
  return both
}

const sum = (counts: Counts): number => Object.values(counts).reduce((total, spans) => total + spans, 0)

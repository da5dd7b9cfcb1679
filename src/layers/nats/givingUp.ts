import { STORE_CONSUMER } from "../../services/store/TraceIngest.ts"
import { advance, type ConsumerAccount, drop, plus, type Totals } from "./ConsumerAccount.ts"
import type { Loss } from "./frameHeaders.ts"
import { MAX_IN_HAND, SILENCE_MS } from "./inHand.ts"
import { add, addRange, from, has } from "./Sequences.ts"

/** A message that makes room: a frame, or what a publisher says that it lost. */
export interface OldMessage {
  readonly sequence: number
  /** Zero where it is a loss. */
  readonly spans: number
  readonly bytes: number
  readonly loss?: Loss
}

export interface GivingUp {
  /** The consumer has settled everything up to here. */
  readonly settled: number
  /** Up to here its frames have been delivered to somebody, who may still have them. */
  readonly delivered: number
  /** What they are dropped as. */
  readonly reason: string
  readonly now: number
}

/** What frames are dropped as that grew older than the stream keeps them. */
export const EXPIRED = "expired"

/** What frames are dropped as that had to make room before the consumer had settled them. */
export const behindReason = (consumer: string): string =>
  consumer === STORE_CONSUMER ? "store_behind" : "destination_behind"

/**
 * Lets go of the stream's oldest messages, whatever of them the consumer has not settled: that is dropped, but for what
 * somebody has in hand, which is in doubt. Whatever happens in between, and whoever else does it, each frame is counted
 * once. A consumer that has settled them loses nothing.
 */
export const giveUp = (
  account: ConsumerAccount,
  oldest: ReadonlyArray<OldMessage>,
  { delivered, now, reason, settled }: GivingUp
): ConsumerAccount => {
  const through = oldest.at(-1)?.sequence ?? 0
  const unwritten = oldest.filter(({ sequence }) => sequence > account.through)
  const written = unwritten.length === 0 ? account : advance(account, through, totalsOf(unwritten))
  const done = Math.max(settled, account.released ?? 0)
  if (done >= through) return written

  const rest = oldest.filter(({ sequence }) => sequence > done)
  const open = rest.filter(({ loss, sequence }) => loss === undefined && !has(account.counted, sequence))
  const held = new Set(open.filter(({ sequence }) => sequence <= delivered))
  const inHand = totalsOf([...held])
  const lost = totalsOf(open.filter((message) => !held.has(message)))
  const doubt = account.inDoubt ?? { spans: 0, bytes: 0, until: 0 }
  const isDoubted = account.inDoubt !== undefined
  const after: ConsumerAccount = {
    ...drop(written, lost, reason),
    released: through,
    // What is released and does not stand here is what is in doubt.
    counted: add(
      addRange(account.counted, isDoubted ? (account.released ?? 0) + 1 : 1, done),
      rest.filter((message) => !held.has(message)).map(({ sequence }) => sequence)
    ),
    inDoubt: {
      ...doubt,
      spans: doubt.spans + inHand.spans,
      bytes: doubt.bytes + inHand.bytes,
      until: held.size > 0 ? now + SILENCE_MS : doubt.until
    }
  }
  const isCertain = !isDoubted && held.size === 0
  // With more gaps than there can be frames in hand, most are nobody's.
  return isCertain || after.counted.length > MAX_IN_HAND ? endDoubt(after, reason) : after
}

/** Somebody who has these frames in hand says so, that they stay in doubt. */
export const stillInHand = (account: ConsumerAccount, inHand: Iterable<number>, now: number): ConsumerAccount => {
  const { counted, inDoubt, released = 0 } = account
  if (inDoubt === undefined) return account
  const isDoubted = [...inHand].some((sequence) => sequence <= released && !has(counted, sequence))
  return isDoubted ? { ...account, inDoubt: { ...inDoubt, until: now + SILENCE_MS } } : account
}

export const isOverdue = ({ inDoubt }: ConsumerAccount, now: number): boolean =>
  inDoubt !== undefined && now >= inDoubt.until

/** What is in doubt is dropped, and as `expired` what grew too old. Whoever settles it after all is not counted. */
export const endDoubt = (account: ConsumerAccount, reason: string): ConsumerAccount => {
  const { inDoubt, ...rest } = account
  if (inDoubt === undefined) return account
  const { bytes, spans } = inDoubt
  const expired = Math.min(inDoubt.expired ?? 0, spans)
  const counted = from(account.counted, (account.released ?? 0) + 1)
  const others = drop(rest, { spans: spans - expired, bytes }, reason)
  return { ...drop(others, { spans: expired, bytes: 0 }, EXPIRED), counted }
}

const totalsOf = (messages: ReadonlyArray<OldMessage>): Totals => {
  let [spans, bytes] = [0, 0]
  let lost: Totals["lost"] = {}
  for (const message of messages) {
    spans += message.spans
    bytes += message.bytes
    if (message.loss !== undefined) lost = plus(lost, { [message.loss.reason]: message.loss.spans })
  }
  return { spans, bytes, lost }
}

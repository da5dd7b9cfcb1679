import { type ConsumerAccount, drop, outstanding, type Totals } from "./ConsumerAccount.ts"
import { EXPIRED, endDoubt } from "./givingUp.ts"
import { MAX_IN_HAND, SILENCE_MS } from "./inHand.ts"
import { addRange, from } from "./Sequences.ts"

/** A stream that holds nothing more for the consumer, neither to deliver nor to acknowledge, as somebody saw it. */
export interface Emptied {
  /** The stream's last sequence then, or an earlier one. */
  readonly through: number
  /** Up to here frames had been delivered to somebody, who may still have them. */
  readonly delivered: number
  readonly now: number
}

/**
 * What is outstanding where the stream holds nothing more grew too old and went. It is in doubt where somebody may have
 * it in hand, for the server forgets who has what is gone; otherwise it is dropped. Either way the consumer is done with
 * the stream as far as it was seen, so that each frame is counted once, whoever settles it when.
 */
export const expire = (
  account: ConsumerAccount,
  beyond: Totals,
  { delivered, now, through }: Emptied
): ConsumerAccount => {
  // Others have gone on since it was seen: what is outstanding may be what came in between.
  if (account.through > through) return account
  const { inDoubt } = account
  const doubt = inDoubt ?? { spans: 0, bytes: 0, until: 0 }
  const all = outstanding(account, beyond)
  const gone = { spans: Math.max(0, all.spans - doubt.spans), bytes: Math.max(0, all.bytes - doubt.bytes) }
  if (gone.spans === 0 && gone.bytes === 0) return account

  const done = Math.max(account.origin, account.released ?? 0)
  const released = Math.max(done, through)
  if (delivered <= done) {
    const counted =
      inDoubt === undefined ? from(account.counted, released + 1) : addRange(account.counted, done + 1, released)
    return { ...drop(account, gone, EXPIRED), counted, released }
  }
  const doubted: ConsumerAccount = {
    ...account,
    // What is released and does not stand here is what is in doubt.
    counted: inDoubt === undefined ? addRange(account.counted, 1, done) : account.counted,
    released,
    inDoubt: {
      spans: doubt.spans + gone.spans,
      bytes: doubt.bytes + gone.bytes,
      expired: (doubt.expired ?? 0) + gone.spans,
      until: now + SILENCE_MS
    }
  }
  return doubted.counted.length > MAX_IN_HAND ? endDoubt(doubted, EXPIRED) : doubted
}

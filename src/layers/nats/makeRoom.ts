import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { RateLimitedLog } from "../../services/export/RateLimitedLog.ts"
import { STORE_CONSUMER } from "../../services/store/TraceIngest.ts"
import type { AccountBook } from "./AccountBook.ts"
import { consumerOf } from "./consumerNames.ts"
import { behindReason, endDoubt, giveUp, isOverdue } from "./givingUp.ts"
import type { NatsAway } from "./NatsAway.ts"
import type { NatsLink } from "./NatsLink.ts"
import { oldestMessages } from "./oldestMessages.ts"
import { type Beginning, consumers, type Reader, reclaim, type Survey, survey } from "./reclaim.ts"

/**
 * Of the stream's bound. What is free above has to take what gateways publish until the next look, a second later, and
 * while the oldest are read and written off: of 1 GiB it is 100 MiB, as much as a gigabit link brings in a second.
 */
const HIGH_WATER = 0.9
/** A small stream is not given up whole for the sake of the largest message. */
const MOST_KEPT_FREE = 0.5

export interface RoomParts {
  readonly link: NatsLink["Service"]
  readonly book: AccountBook
  readonly log: RateLimitedLog
  /** Durable names that must be among the consumers. */
  readonly expected: () => ReadonlyArray<string>
}

/**
 * Removes from the stream what every consumer has settled, and where that leaves it nearly full, the oldest messages
 * that some destination has gone past: whoever has not drops them as `destination_behind`, the trace store as
 * `store_behind`. What every destination has still to settle stays, and the newest waits in the gateways' spools; one
 * that was just added has gone past nothing until it has acknowledged a frame. Any process may do it, and several at
 * once: who loses what is decided in the consumers' accounts, and nothing goes from the stream before it stands there.
 * Gives where the stream begins now.
 */
export const makeRoom = Effect.fnUntraced(function* (parts: RoomParts): Effect.fn.Return<Beginning, NatsAway> {
  const { book, expected, link } = parts
  const look = Effect.suspend(() => survey(link, book, expected()))
  const before = yield* look
  const begins = yield* reclaim(link, before)
  const mark = before.maxBytes - (yield* keptFree(link, before.maxBytes))
  if (before.state.bytes <= mark) return begins
  if (!(yield* giveUpOldest(parts, yield* look, mark))) return begins
  return yield* reclaim(link, yield* look)
})

/** The largest message finds room too, or it would be refused for ever where the mark is never passed. */
const keptFree = (link: NatsLink["Service"], maxBytes: number): Effect.Effect<number, NatsAway> =>
  Effect.map(
    link.use(async ({ info }) => info?.max_payload ?? 0),
    (largest) => Math.min(MOST_KEPT_FREE * maxBytes, Math.max((1 - HIGH_WATER) * maxBytes, largest))
  )

/** Writes off in the accounts what is to go; says whether anything is. */
const giveUpOldest = Effect.fnUntraced(function* (
  { book, link, log }: RoomParts,
  { readers = [], state, stream }: Survey,
  mark: number
) {
  const excess = state.bytes - mark
  const ahead = Math.max(0, ...readers.filter(isDestination).map(({ acknowledged }) => acknowledged))
  if (excess <= 0 || ahead < state.first_seq) return false
  const oldest = yield* oldestMessages(link, { stream, first: state.first_seq, through: ahead, bytes: excess })
  if (oldest.length === 0) return false
  const now = yield* Clock.currentTimeMillis
  for (const { delivered, durable, settled } of readers) {
    const reason = behindReason(consumerOf(durable))
    let spans = 0
    yield* book.update(durable, (account) => {
      const after = account.stream !== stream ? account : giveUp(account, oldest, { settled, delivered, reason, now })
      spans = (after.dropped[reason] ?? 0) - (account.dropped[reason] ?? 0)
      return after
    })
    if (spans > 0) yield* log.warn(`${consumerOf(durable)} is too far behind, its oldest traces make room`, { spans })
  }
  return true
})

// The store may wait, and has the spools to wait in: no destination loses a trace so that it is shown sooner.
const isDestination = ({ durable }: Reader): boolean => consumerOf(durable) !== STORE_CONSUMER

/** Drops what nobody has said for long enough that he has it in hand. */
export const endDoubts = Effect.fnUntraced(function* (
  link: NatsLink["Service"],
  book: AccountBook
): Effect.fn.Return<void, NatsAway> {
  const now = yield* Clock.currentTimeMillis
  for (const { account, durable } of yield* consumers(link, book)) {
    if (account === undefined || !isOverdue(account, now)) continue
    yield* book.update(durable, (before) =>
      isOverdue(before, now) ? endDoubt(before, behindReason(consumerOf(durable))) : before
    )
  }
})

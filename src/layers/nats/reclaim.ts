import * as Effect from "effect/Effect"
import type { ConsumerInfo } from "nats"
import type { AccountBook } from "./AccountBook.ts"
import type { NatsAway } from "./NatsAway.ts"
import type { NatsLink } from "./NatsLink.ts"
import { STREAM } from "./traceStream.ts"

/** The durable consumers of the stream: the index's own is not one. */
export const durables = (link: NatsLink["Service"]): Effect.Effect<ReadonlyArray<ConsumerInfo>, NatsAway> =>
  link.use(async (connection) => {
    const found: Array<ConsumerInfo> = []
    for await (const info of (await connection.jetstreamManager({ checkAPI: false })).consumers.list(STREAM)) {
      if (info.config.durable_name !== undefined) found.push(info)
    }
    return found
  })

/**
 * Removes from the stream what every consumer has settled and written down. A limits stream that refuses what is new
 * would otherwise be full of what everybody has. Gives where the stream begins now.
 *
 * Interest retention would do this by itself, and loses the count of what publishers dropped, and what a destination
 * that is made anew has not seen; on 2.9 it also leaves messages behind in a cluster.
 */
export const reclaim = Effect.fnUntraced(function* (
  link: NatsLink["Service"],
  book: AccountBook,
  /** Durable names that must be among the consumers: one that is missing is about to be made anew. */
  expected: ReadonlyArray<string>
) {
  // The stream first: what is there by now and not pending afterwards has been settled.
  const { state } = yield* link.use(async (connection) =>
    (await connection.jetstreamManager({ checkAPI: false })).streams.info(STREAM)
  )
  if (state.messages === 0) return state.last_seq + 1
  let floor = state.last_seq
  const consumers = yield* durables(link)
  if (expected.some((name) => consumers.every((consumer) => consumer.name !== name))) return state.first_seq
  for (const { ack_floor, name, num_ack_pending, num_pending } of consumers) {
    const account = yield* book.read(name)
    const settled = num_pending === 0 && num_ack_pending === 0 ? state.last_seq : ack_floor.stream_seq
    // A consumer that is just being made has no account yet.
    floor = Math.min(floor, Math.max(settled, account?.origin ?? 0), account?.through ?? 0)
  }
  if (floor < state.first_seq) return state.first_seq
  yield* link.use(async (connection) =>
    (await connection.jetstreamManager({ checkAPI: false })).streams.purge(STREAM, { seq: floor + 1 })
  )
  return floor + 1
})

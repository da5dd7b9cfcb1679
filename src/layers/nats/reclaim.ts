import * as Effect from "effect/Effect"
import type { ConsumerInfo, StreamState } from "nats"
import type { AccountBook } from "./AccountBook.ts"
import type { ConsumerAccount } from "./ConsumerAccount.ts"
import type { NatsAway } from "./NatsAway.ts"
import type { NatsLink } from "./NatsLink.ts"
import { STREAM } from "./traceStream.ts"

interface Consumer {
  readonly durable: string
  /** Absent where it is about to be made, or was taken away by somebody. */
  readonly info?: ConsumerInfo
  readonly account?: ConsumerAccount
}

const durables = (link: NatsLink["Service"]): Effect.Effect<ReadonlyArray<ConsumerInfo>, NatsAway> =>
  link.use(async (connection) => {
    const found: Array<ConsumerInfo> = []
    for await (const info of (await connection.jetstreamManager({ checkAPI: false })).consumers.list(STREAM)) {
      // The index's own is not one.
      if (info.config.durable_name !== undefined) found.push(info)
    }
    return found
  })

/** Every consumer that has a durable or an account. */
export const consumers = Effect.fnUntraced(function* (
  link: NatsLink["Service"],
  book: AccountBook
): Effect.fn.Return<ReadonlyArray<Consumer>, NatsAway> {
  const infos = yield* durables(link)
  const names = new Set([...(yield* book.names), ...infos.map(({ name }) => name)])
  const all = yield* Effect.forEach(names, (durable) =>
    Effect.map(book.read(durable), (account): Consumer => {
      const info = infos.find(({ name }) => name === durable)
      return {
        durable,
        ...(info === undefined ? {} : { info }),
        ...(account === undefined ? {} : { account })
      }
    })
  )
  return all.filter(({ account, info }) => account !== undefined || info !== undefined)
})

/** A consumer, and how far it has settled the stream. */
export interface Reader {
  readonly durable: string
  readonly settled: number
  /** Up to here by acknowledging: not by being new, nor by letting go. Zero where it has acknowledged nothing. */
  readonly acknowledged: number
  /** Up to here frames have been delivered that somebody may have in hand. */
  readonly delivered: number
  readonly through: number
}

export interface Survey {
  /** When the stream was made: another has the same numbers for other messages. */
  readonly stream: string
  readonly state: StreamState
  readonly maxBytes: number
  /** Undefined where one is about to be made, or has no account of this stream: nothing may go from it then. */
  readonly readers: ReadonlyArray<Reader> | undefined
}

/** The stream, and where everybody is in it. */
export const survey = Effect.fnUntraced(function* (
  link: NatsLink["Service"],
  book: AccountBook,
  /** Durable names that must be among the consumers: one that is missing is about to be made anew. */
  expected: ReadonlyArray<string>
): Effect.fn.Return<Survey, NatsAway> {
  // The stream first: what is there by now and not pending afterwards has been settled.
  const { config, created, state } = yield* link.use(async (connection) =>
    (await connection.jetstreamManager({ checkAPI: false })).streams.info(STREAM)
  )
  const seen = { stream: created, state, maxBytes: config.max_bytes }
  if (state.messages === 0) return { ...seen, readers: [] }
  const all = yield* consumers(link, book)
  if (expected.some((name) => all.every(({ durable }) => durable !== name))) {
    return { ...seen, readers: undefined }
  }
  const readers: Array<Reader> = []
  for (const { account, durable, info } of all) {
    // A consumer has its account in a stream before it has its durable: one of another stream has been read here too.
    if (info === undefined || account?.stream !== created) return { ...seen, readers: undefined }
    const { ack_floor, num_ack_pending, num_pending } = info
    const acknowledged = num_pending === 0 && num_ack_pending === 0 ? state.last_seq : ack_floor.stream_seq
    readers.push({
      durable,
      // The place of one that is new is not its own doing, nor are losses that came since, which are not sent to it.
      acknowledged: ack_floor.consumer_seq > 0 && acknowledged > account.origin ? acknowledged : 0,
      settled: Math.max(acknowledged, account.origin, account.released ?? 0),
      delivered: num_ack_pending === 0 ? 0 : info.delivered.stream_seq,
      through: account.through
    })
  }
  return { ...seen, readers }
})

/** Where a stream begins. */
export interface Beginning {
  readonly stream: string
  readonly first: number
}

/**
 * Removes from the stream what every consumer has settled and written down. A limits stream that refuses what is new
 * would otherwise be full of what everybody has. One that was made anew since it was looked at keeps all. Gives where
 * the stream begins now.
 *
 * Interest retention would do this by itself, and loses the count of what publishers dropped, and what a destination
 * that is made anew has not seen; on 2.9 it also leaves messages behind in a cluster.
 */
export const reclaim = Effect.fnUntraced(function* (
  link: NatsLink["Service"],
  { readers, state, stream }: Survey
): Effect.fn.Return<Beginning, NatsAway> {
  if (state.messages === 0) return { stream, first: state.last_seq + 1 }
  const asSeen = { stream, first: state.first_seq }
  if (readers === undefined) return asSeen
  const floor = Math.min(state.last_seq, ...readers.map(({ settled, through }) => Math.min(settled, through)))
  if (floor < state.first_seq) return asSeen
  const purged = yield* link.use(async (connection) => {
    const { streams } = await connection.jetstreamManager({ checkAPI: false })
    // The server takes no condition. Looking took a while, this takes a moment.
    const isSame = (await streams.info(STREAM)).created === stream
    return isSame && (await streams.purge(STREAM, { seq: floor + 1 })).success
  })
  return purged ? { stream, first: floor + 1 } : asSeen
})

import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Ledger } from "../../services/trace/TraceBus.ts"
import type { AccountBook } from "./AccountBook.ts"
import { ledgerOf } from "./ConsumerAccount.ts"
import { consumerOf } from "./consumerNames.ts"
import type { NatsAway } from "./NatsAway.ts"
import type { NatsLink } from "./NatsLink.ts"
import { makeOldestFrame } from "./oldestFrame.ts"
import { consumers } from "./reclaim.ts"
import { makeStreamIndex } from "./StreamIndex.ts"
import { STREAM } from "./traceStream.ts"

export interface BusLedgers {
  /** By consumer. */
  readonly ledgers: ReadonlyMap<string, Ledger>
  /** What the stream holds at most. */
  readonly capacityBytes: number
}

/** Reads every consumer's ledger off its account and the stream, whether anybody is subscribed or not. */
export const makeBusLedgers = Effect.fnUntraced(function* (link: NatsLink["Service"], book: AccountBook) {
  const index = yield* makeStreamIndex(link)
  // The index forgets what the accounts have written down: one reads at a time.
  const one = yield* Semaphore.make(1)
  const oldest = new Map<string, ReturnType<typeof makeOldestFrame>>()
  let current: string | undefined

  const oldestOf = (durable: string, floor: number): Effect.Effect<number | undefined, NatsAway> => {
    const ask = oldest.get(durable) ?? makeOldestFrame(link)
    oldest.set(durable, ask)
    return ask(floor)
  }

  return Effect.gen(function* () {
    const { config, created, state } = yield* link.use(async (connection) =>
      (await connection.jetstreamManager({ checkAPI: false })).streams.info(STREAM)
    )
    const all = (yield* consumers(link, book)).flatMap(({ account, durable, info }) =>
      account === undefined ? [] : [{ account, durable, info }]
    )
    for (const durable of oldest.keys()) if (all.every((each) => each.durable !== durable)) oldest.delete(durable)
    if (current !== undefined && current !== created) {
      oldest.clear()
      yield* index.restart
    }
    current = created
    const through = Math.min(...all.map(({ account }) => account.through))
    if (state.messages > 0 && through < state.last_seq) {
      yield* index.cover(through)
      yield* index.reached(state.last_seq)
      index.forget(through)
    }
    const ledgers = yield* Effect.forEach(all, ({ account, durable, info }) =>
      Effect.gen(function* () {
        const beyond = index.between(account.through, Math.max(index.position(), account.through))
        const floor = info?.ack_floor.stream_seq ?? account.origin
        const isEmpty = info !== undefined && info.num_pending === 0 && info.num_ack_pending === 0
        const ledger = ledgerOf(account, beyond, isEmpty ? undefined : yield* oldestOf(durable, floor))
        return [consumerOf(durable), ledger] as const
      })
    )
    return { ledgers: new Map(ledgers), capacityBytes: config.max_bytes } satisfies BusLedgers
  }).pipe(Semaphore.withPermit(one))
})

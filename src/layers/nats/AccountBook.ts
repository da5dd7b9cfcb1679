import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { KV } from "nats"
import type { ConsumerAccount } from "./ConsumerAccount.ts"
import { NatsAway, refusal, STREAM_NOT_FOUND, WRONG_LAST_SEQUENCE } from "./NatsAway.ts"
import type { NatsLink } from "./NatsLink.ts"
import type { StreamSettings } from "./traceStream.ts"

export const BUCKET = "spangate_ledger"
/** What the server keeps a key as begins with this. */
const KEYS = `$KV.${BUCKET}.`

/** Several instances write one account: the one that comes second reads again and tries again, soon and at random. */
const conflicts = Schedule.jittered(Schedule.spaced("5 millis"))

/** A server loses a read that comes while another instance makes the bucket. The client would wait five seconds for it. */
const READ_PATIENCE = "500 millis"

interface Held {
  readonly account: ConsumerAccount
  readonly revision: number
}

/** The consumers' accounts in a bucket of NATS. */
export interface AccountBook {
  /** Durable names that have an account, or had one: a removed one may still be among them. */
  readonly names: Effect.Effect<ReadonlyArray<string>, NatsAway>
  readonly read: (durable: string) => Effect.Effect<ConsumerAccount | undefined, NatsAway>
  /** As last read or written since the connection was made. */
  readonly recall: (durable: string) => Effect.Effect<ConsumerAccount, NatsAway>
  /** The account there is, or this one. */
  readonly open: (durable: string, fresh: ConsumerAccount) => Effect.Effect<ConsumerAccount, NatsAway>
  /** Compare-and-set until it holds; `change` is called anew for each try and gives back what it got to change nothing. */
  readonly update: (
    durable: string,
    change: (account: ConsumerAccount) => ConsumerAccount
  ) => Effect.Effect<ConsumerAccount, NatsAway>
  /** Removes an account as it was read: fails where anybody has written it since. */
  readonly remove: (durable: string, account: ConsumerAccount) => Effect.Effect<void, NatsAway>
}

export const makeAccountBook = (link: NatsLink["Service"], { replicas }: StreamSettings): AccountBook => {
  const held = new Map<string, Held>()
  // Others went on while this process was cut off.
  link.onUp(() => held.clear())

  const bucket = <A>(ask: (kv: KV) => Promise<A>): Effect.Effect<A, NatsAway> =>
    link.use(async (connection) => ask(await connection.jetstream().views.kv(BUCKET, { history: 1, replicas })))

  const entryOf = (durable: string) =>
    bucket(async (kv) => {
      const entry = await kv.get(durable)
      return entry === null || entry.operation !== "PUT"
        ? undefined
        : // Nobody but this file writes to the bucket.
          { account: JSON.parse(entry.string()) as ConsumerAccount, revision: entry.revision }
    })

  const fetch = (durable: string) =>
    entryOf(durable).pipe(
      Effect.timeoutOrElse({ duration: READ_PATIENCE, orElse: () => entryOf(durable) }),
      Effect.tap((found) => Effect.sync(() => (found === undefined ? held.delete(durable) : held.set(durable, found))))
    )

  const write = (durable: string, { account, revision }: Held) =>
    bucket((kv) => kv.update(durable, JSON.stringify(account), revision)).pipe(
      Effect.map((next) => {
        held.set(durable, { account, revision: next })
        return account
      }),
      Effect.tapError(() => Effect.sync(() => held.delete(durable)))
    )

  const known = (durable: string): Effect.Effect<Held, NatsAway> =>
    Effect.suspend(() => {
      const kept = held.get(durable)
      if (kept !== undefined) return Effect.succeed(kept)
      return Effect.flatMap(fetch(durable), (found) =>
        found === undefined
          ? Effect.fail(new NatsAway({ cause: new Error(`${durable} has no account`) }))
          : Effect.succeed(found)
      )
    })

  return {
    names: link
      .use(async (connection) => {
        const manager = await connection.jetstreamManager({ checkAPI: false })
        const { state } = await manager.streams.info(`KV_${BUCKET}`, { subjects_filter: `${KEYS}>` })
        return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(KEYS.length))
      })
      .pipe(
        Effect.catchIf(
          (error) => refusal(error) === STREAM_NOT_FOUND,
          () => Effect.succeed([])
        )
      ),
    read: (durable) => Effect.map(fetch(durable), (found) => found?.account),
    recall: (durable) => Effect.map(known(durable), ({ account }) => account),
    open: Effect.fnUntraced(function* (durable, fresh) {
      const found = yield* fetch(durable)
      if (found !== undefined) return found.account
      yield* bucket((kv) => kv.create(durable, JSON.stringify(fresh))).pipe(
        // Another instance was first: its account is the one.
        Effect.catch((error) => (refusal(error) === WRONG_LAST_SEQUENCE ? Effect.void : Effect.fail(error)))
      )
      return (yield* known(durable)).account
    }),
    update: (durable, change) =>
      Effect.gen(function* () {
        const before = yield* known(durable)
        const after = change(before.account)
        return after === before.account ? after : yield* write(durable, { ...before, account: after })
      }).pipe(Effect.retry({ schedule: conflicts, while: (error) => refusal(error) === WRONG_LAST_SEQUENCE })),
    remove: (durable, account) =>
      Effect.suspend(() => {
        const kept = held.get(durable)
        held.delete(durable)
        return kept?.account === account
          ? bucket((kv) => kv.purge(durable, { previousSeq: kept.revision }))
          : Effect.fail(new NatsAway({ cause: new Error(`the account of ${durable} has changed`) }))
      })
  }
}

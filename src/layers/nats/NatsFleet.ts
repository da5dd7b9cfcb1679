import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Msg } from "nats"
import { MasterKey } from "../../services/config/MasterKey.ts"
import type { DestinationStatus } from "../../services/export/DestinationStatus.ts"
import { CONSUMER_PREFIX } from "../../services/export/DestinationWorker.ts"
import { Fleet } from "../../services/export/Fleet.ts"
import { mergeStatuses } from "../../services/export/mergeStatuses.ts"
import { makeAccountBook } from "./AccountBook.ts"
import { type BusLedgers, makeBusLedgers } from "./BusLedgers.ts"
import { HEARTBEATS, type Heartbeat, openHeartbeat } from "./heartbeats.ts"
import { NatsLink } from "./NatsLink.ts"
import type { StreamSettings } from "./traceStream.ts"

/** Five heartbeats that did not come. */
const SILENT_MS = 10_000
const BUS_PATIENCE = "3 seconds"

interface Heard {
  readonly heartbeat: Heartbeat
  /** By this process's clock. */
  readonly seenAt: number
}

/**
 * The gateways and exporters that are heard on NATS. Ledgers are read off the accounts in the bus, so a destination is
 * there with its queue also while no exporter runs; as last read while NATS is away.
 */
export const layer = (settings: StreamSettings): Layer.Layer<Fleet, never, NatsLink | MasterKey> =>
  Layer.effect(Fleet, make(settings))

const make = Effect.fnUntraced(function* (settings: StreamSettings) {
  const link = yield* NatsLink
  const key = yield* MasterKey
  const clock = yield* Clock.Clock
  const heard = new Map<string, Heard>()
  /** Destinations without an exporter, and since when. */
  const orphans = new Map<string, number>()
  const read = yield* makeBusLedgers(link, makeAccountBook(link, settings))
  let known: BusLedgers = { ledgers: new Map(), capacityBytes: settings.maxStreamBytes }

  const hear = (message: Msg) => {
    const heartbeat = openHeartbeat(key, message.subject, message.data)
    if (heartbeat === undefined || heartbeat.at <= (heard.get(message.subject)?.heartbeat.at ?? 0)) return
    heard.set(message.subject, { heartbeat, seenAt: clock.currentTimeMillisUnsafe() })
  }

  yield* Effect.gen(function* () {
    const connection = yield* link.whenUp
    const subscription = yield* Effect.acquireRelease(
      Effect.try(() => connection.subscribe(HEARTBEATS)),
      (subscription) => Effect.sync(() => subscription.unsubscribe())
    )
    yield* Effect.tryPromise(async () => {
      for await (const message of subscription) hear(message)
    })
  }).pipe(
    Effect.scoped,
    Effect.ignore({ log: "Warn", message: "gateways and exporters cannot be heard" }),
    Effect.andThen(Effect.sleep("1 second")),
    Effect.forever,
    Effect.forkScoped
  )

  const present = Effect.sync((): ReadonlyArray<Heard> => {
    const now = clock.currentTimeMillisUnsafe()
    for (const [subject, { seenAt }] of heard) if (now - seenAt > SILENT_MS) heard.delete(subject)
    return [...heard.values()]
  })

  const ledgers = read.pipe(
    Effect.timeout(BUS_PATIENCE),
    Effect.tap((found) => Effect.sync(() => void (known = found))),
    Effect.orElseSucceed(() => known)
  )

  const orphan = (name: string): DestinationStatus => {
    const now = clock.currentTimeMillisUnsafe()
    const since = orphans.get(name) ?? now
    orphans.set(name, since)
    return {
      name,
      health: {
        state: "retrying",
        since,
        lastError: { reason: "no_exporter", message: "no exporter is heard", at: now }
      },
      paused: false,
      retries: 0,
      batches: 0,
      probes: 0,
      maxBatchBytes: 0,
      latency: { bounds: [], counts: [0], sum: 0 }
    }
  }

  return Fleet.of({
    members: Effect.map(present, (all) =>
      all
        .map(({ heartbeat, seenAt }) => ({ ...heartbeat.member, seenAt }))
        .sort((a, b) => (`${a.role} ${a.host} ${a.instance}` < `${b.role} ${b.host} ${b.instance}` ? -1 : 1))
    ),
    destinations: Effect.gen(function* () {
      const bus = yield* ledgers
      const statuses = new Map<string, DestinationStatus>()
      for (const { heartbeat } of yield* present) {
        for (const status of heartbeat.destinations) {
          const before = statuses.get(status.name)
          statuses.set(status.name, before === undefined ? status : mergeStatuses(before, status))
          orphans.delete(status.name)
        }
      }
      for (const consumer of bus.ledgers.keys()) {
        const name = consumer.slice(CONSUMER_PREFIX.length)
        if (consumer.startsWith(CONSUMER_PREFIX) && !statuses.has(name)) statuses.set(name, orphan(name))
      }
      return [...statuses.values()]
        .map((status) => {
          const ledger = bus.ledgers.get(CONSUMER_PREFIX + status.name)
          return { ...status, ...(ledger === undefined ? {} : { ledger }), queueCapacityBytes: bus.capacityBytes }
        })
        .sort((a, b) => (a.name < b.name ? -1 : 1))
    })
  })
})

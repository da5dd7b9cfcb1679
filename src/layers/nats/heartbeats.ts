import * as Effect from "effect/Effect"
import { ConfigSync } from "../../services/config/ConfigSync.ts"
import { MasterKey } from "../../services/config/MasterKey.ts"
import type { DestinationStatus } from "../../services/export/DestinationStatus.ts"
import type { Member } from "../../services/export/Fleet.ts"
import { NatsLink } from "./NatsLink.ts"

/** What a program says of itself; when, whoever hears it knows. */
export interface Heartbeat {
  readonly member: Omit<Member, "seenAt">
  /** Unix milliseconds by the program's own clock, later each time. */
  readonly at: number
  /** As this exporter sees them, without the account, which all exporters share. */
  readonly destinations: ReadonlyArray<DestinationStatus>
}

export const HEARTBEATS = "spangate.alive.>"
const subjectOf = ({ instance, role }: Heartbeat["member"]): string => `spangate.alive.${role}.${instance}`

const PERIOD = "2 seconds"
/** A status that takes longer is not waited for: that somebody is there matters more. */
const STATUS_PATIENCE = "1500 millis"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * Says every two seconds that this program runs and what it has in force, sealed with the master key, so that nobody
 * without it reads or invents a member. Lost while NATS is away. Never ends and never fails.
 */
export const beat = (
  self: Omit<Heartbeat["member"], "revision">,
  statuses: Effect.Effect<ReadonlyArray<DestinationStatus>> = Effect.succeed([])
): Effect.Effect<never, never, NatsLink | MasterKey | ConfigSync> =>
  Effect.gen(function* () {
    const link = yield* NatsLink
    const key = yield* MasterKey
    const config = yield* ConfigSync

    const say = Effect.gen(function* () {
      const seen = yield* Effect.timeoutOrElse(statuses, {
        duration: STATUS_PATIENCE,
        orElse: () => Effect.succeed([])
      })
      const heartbeat: Heartbeat = {
        member: { ...self, revision: config.current().revision },
        at: yield* Effect.clockWith((clock) => clock.currentTimeMillis),
        destinations: seen.map(({ ledger: _, ...status }) => status)
      }
      const subject = subjectOf(heartbeat.member)
      const sealed = key.seal(subject, encoder.encode(JSON.stringify(heartbeat)))
      yield* link.use(async (connection) => connection.publish(subject, sealed))
    })

    return yield* say.pipe(Effect.ignoreCause, Effect.andThen(Effect.sleep(PERIOD)), Effect.forever)
  })

/** Undefined where none of the keys opens it. */
export const openHeartbeat = (
  key: MasterKey["Service"],
  subject: string,
  sealed: Uint8Array
): Heartbeat | undefined => {
  const plain = key.open(subject, sealed)
  // It opened, so it is what one of our programs wrote.
  return plain === undefined ? undefined : (JSON.parse(decoder.decode(plain)) as Heartbeat)
}

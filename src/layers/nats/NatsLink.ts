import { readFileSync } from "node:fs"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { type ConnectionOptions, connect, credsAuthenticator, DebugEvents, Events, type NatsConnection } from "nats"
import { Metrics } from "../../services/metrics/Metrics.ts"
import { NatsAway } from "./NatsAway.ts"
import type { NatsSettings } from "./NatsSettings.ts"
import { serverIdentity } from "./serverIdentity.ts"

export type LinkSettings = Pick<NatsSettings, "servers" | "credentials" | "ca">

/** Two pings unanswered: a frozen server is noticed after three seconds. The client's own default is six minutes. */
const PING_MS = 1000
const PINGS_OUT = 2
const DIAL_MS = 2000
const REDIAL_MS = 250
/** What is still to be sent when the program ends. */
const FLUSH = "1 second"

/**
 * The process's connection to NATS, made and kept in the background: building the layer does not wait for it, and it is
 * tried again for as long as it takes. Nothing is handed to the client while it is down, because the client throws
 * away what it could not send.
 */
export class NatsLink extends Context.Service<
  NatsLink,
  {
    readonly isUp: () => boolean
    /** Waits until there is a connection, and gives it. */
    readonly whenUp: Effect.Effect<NatsConnection>
    /** Fails at once while there is no connection, and as soon as it is lost meanwhile. */
    readonly use: <A>(ask: (connection: NatsConnection) => Promise<A>) => Effect.Effect<A, NatsAway>
    /** Called whenever the connection is there, again or for the first time. Gives what ends it. */
    readonly onUp: (listener: () => void) => () => void
  }
>()("spangate/layers/nats/NatsLink") {
  /** `name` is what the server's monitoring shows; `prefix` begins the metrics' names, for a program with two links. */
  static readonly layer = (
    settings: LinkSettings,
    name: string,
    prefix = "spangate_nats"
  ): Layer.Layer<NatsLink, NatsAway, Metrics> => Layer.effect(NatsLink, make(settings, name, prefix))
}

const make = Effect.fnUntraced(function* (settings: LinkSettings, name: string, prefix: string) {
  const metrics = yield* Metrics
  const options = yield* Effect.try({
    try: () => connectionOptions(settings, name),
    catch: (cause) => new NatsAway({ cause })
  })
  const connected = metrics.gauge(`${prefix}_connected`, "1 while there is a connection to NATS.").labels()
  const losses = metrics.counter(`${prefix}_disconnects_total`, "Connections to NATS that were lost.").labels()

  const up = Latch.makeUnsafe()
  const listeners = new Set<() => void>()
  const waiting = new Set<() => void>()
  let current: NatsConnection | undefined

  const isUp = (connection: NatsConnection) => {
    current = connection
    connected.set(1)
    up.openUnsafe()
    for (const listener of listeners) listener()
  }

  const isDown = () => {
    if (current === undefined) return
    current = undefined
    connected.set(0)
    losses.add()
    up.closeUnsafe()
    for (const fail of [...waiting]) fail()
  }

  /** Follows a connection's fate to its end. */
  const follow = (connection: NatsConnection) =>
    Effect.tryPromise(async () => {
      isUp(connection)
      for await (const { type } of connection.status()) {
        if (type === Events.Reconnect) isUp(connection)
        if (type === Events.Disconnect || type === DebugEvents.StaleConnection) isDown()
      }
      isDown()
    })

  yield* Effect.acquireUseRelease(dial(options), follow, close).pipe(
    Effect.tapError((error) => Effect.logDebug("NATS cannot be reached", error)),
    Effect.ensuring(Effect.sync(isDown)),
    Effect.retry(Schedule.jittered(Schedule.spaced(REDIAL_MS))),
    // The client gives up by itself only where it was told to; whatever made it, it is started again.
    Effect.andThen(Effect.sleep(REDIAL_MS)),
    Effect.forever,
    Effect.forkScoped
  )

  const whenUp: Effect.Effect<NatsConnection> = Effect.suspend(() =>
    current === undefined ? Effect.andThen(up.await, whenUp) : Effect.succeed(current)
  )

  return NatsLink.of({
    isUp: () => current !== undefined,
    whenUp,
    use: (ask) =>
      Effect.callback((resume) => {
        const fail = (cause: unknown) => resume(Effect.fail(new NatsAway({ cause })))
        const connection = current
        if (connection === undefined) return fail(new Error("not connected to NATS"))
        const lost = () => {
          waiting.delete(lost)
          fail(new Error("the connection to NATS was lost"))
        }
        waiting.add(lost)
        // The client also throws where it could reject.
        Promise.try(ask, connection).then(
          (answer) => {
            waiting.delete(lost)
            resume(Effect.succeed(answer))
          },
          (cause) => {
            waiting.delete(lost)
            fail(cause)
          }
        )
        return Effect.sync(() => waiting.delete(lost))
      }),
    onUp: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    }
  })
})

const dial = (options: ConnectionOptions): Effect.Effect<NatsConnection, NatsAway> =>
  Effect.callback((resume) => {
    let abandoned = false
    connect(options).then(
      (connection) => {
        if (abandoned) void connection.close()
        else resume(Effect.succeed(connection))
      },
      (cause) => resume(Effect.fail(new NatsAway({ cause })))
    )
    return Effect.sync(() => {
      abandoned = true
    })
  })

/** Acknowledgements may still be on their way out. */
const close = (connection: NatsConnection): Effect.Effect<void> =>
  Effect.tryPromise(() => connection.flush()).pipe(
    Effect.interruptible,
    Effect.timeoutOption(FLUSH),
    Effect.andThen(Effect.tryPromise(() => connection.close())),
    Effect.ignore
  )

/** Handed on whole to node:tls, though the client's types name only some. */
const tlsOptions = (urls: ReadonlyArray<URL>, ca: string | undefined): NonNullable<ConnectionOptions["tls"]> => {
  const options = {
    checkServerIdentity: serverIdentity(urls.map(({ hostname }) => hostname)),
    ...(ca === undefined ? {} : { ca: readFileSync(ca, "utf8") })
  }
  return options
}

const connectionOptions = ({ ca, credentials, servers }: LinkSettings, name: string): ConnectionOptions => {
  const urls = servers
    .split(",")
    .map((server) => new URL(server.includes("://") ? server.trim() : `nats://${server.trim()}`))
  const first = urls[0]
  const [user, pass] = [decodeURIComponent(first?.username ?? ""), decodeURIComponent(first?.password ?? "")]
  return {
    servers: urls.map(({ host }) => host),
    name,
    pingInterval: PING_MS,
    maxPingOut: PINGS_OUT,
    timeout: DIAL_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: REDIAL_MS,
    reconnectJitter: REDIAL_MS,
    ignoreAuthErrorAbort: true,
    ...(pass !== "" ? { user, pass } : user !== "" ? { token: user } : {}),
    ...(credentials === undefined ? {} : { authenticator: credsAuthenticator(readFileSync(credentials)) }),
    ...(urls.some(({ protocol }) => protocol === "tls:") || ca !== undefined ? { tls: tlsOptions(urls, ca) } : {})
  }
}

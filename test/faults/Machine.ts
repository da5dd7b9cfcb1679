import { cpSync, existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as SqliteDeadLetters from "../../src/layers/sqlite/SqliteDeadLetters.ts"
import * as SqliteTraceBus from "../../src/layers/sqlite/SqliteTraceBus.ts"
import { ConfigSync } from "../../src/services/config/ConfigSync.ts"
import { DeadLetters } from "../../src/services/export/DeadLetters.ts"
import { Exporter } from "../../src/services/export/Exporter.ts"
import { TraceSinks } from "../../src/services/export/TraceSink.ts"
import { FrameSink } from "../../src/services/trace/FrameSink.ts"
import { decodeFrame } from "../../src/services/trace/frame.ts"
import * as QueuedSpanPublisher from "../../src/services/trace/QueuedSpanPublisher.ts"
import { SpanPublisher } from "../../src/services/trace/SpanPublisher.ts"
import { BusUnavailable, type Frame, TraceBus } from "../../src/services/trace/TraceBus.ts"
import { mortalBus, mortalLetters, type Pass } from "./crashPoints.ts"
import { flipBytes } from "./flipBytes.ts"
import type { Damage, Moment, When } from "./Schedule.ts"
import { type Exchange, simulatedSinks } from "./SimulatedWire.ts"

/** Spool, dead letters and exporter: what is one process, and dies as one. */
export interface Office {
  readonly number: number
  readonly bus: TraceBus["Service"]
  readonly deadLetters: DeadLetters["Service"]
  readonly exporter: Exporter["Service"]
}

/** The request path's end of it all. */
export interface Gateway {
  readonly number: number
  readonly publisher: SpanPublisher["Service"]
}

export type Victim = "exporter" | "everything"

export interface MachineOptions {
  /** Everything lies below it. */
  readonly root: string
  readonly config: ConfigSync["Service"]
  /** One request from the process of this number; `pass` says when it may die. */
  readonly exchange: (process: number, pass: Pass) => Exchange
  readonly spoolBytes: number
}

/** What is known of a frame by who handed it over. */
export interface Handed {
  readonly traceIds: ReadonlyArray<string>
  readonly spans: number
  /** Its storage was confirmed; otherwise it may be stored or not. */
  confirmed: boolean
}

interface Life {
  alive: boolean
  readonly died: Deferred.Deferred<void>
}

const AGAIN = "2 seconds"

const dead = new BusUnavailable({ cause: new Error("the back office is dead") })

/**
 * A machine whose processes can be killed at any moment and start again by themselves after a while. A kill leaves of
 * a process what the kernel has of it: a copy of its files as they are that moment. Whatever it does afterwards
 * happens to nobody.
 */
export const makeMachine = Effect.fnUntraced(function* ({ config, exchange, root, spoolBytes }: MachineOptions) {
  let directories = 1
  let directory = join(root, "1")
  let offices = 0
  let gateways = 0
  let office: (Office & { readonly life: Life; readonly scope: Scope.Closeable }) | undefined
  let gateway: (Gateway & { readonly life: Life; readonly scope: Scope.Closeable }) | undefined
  let armed: { readonly moment: Moment; left: number; readonly victim: Victim; readonly awayMs: number } | undefined
  const handed: Array<Handed> = []
  const told: Array<{ readonly spans: number; confirmed: boolean }> = []
  const run = Effect.runForkWith(yield* Effect.context<never>())
  let closed = false

  const newLife = (): Life => ({ alive: true, died: Deferred.makeUnsafe() })

  const passOf =
    (life: Life): Pass =>
    (moment) =>
      Effect.suspend(() => {
        if (life.alive && armed?.moment === moment && --armed.left === 0) crash(armed.victim, armed.awayMs)
        return life.alive ? Effect.void : Effect.never
      })

  /** Ends a life at once; what is left of it is cleared away in the background, and unseen. */
  const end = (victim: { readonly life: Life; readonly scope: Scope.Closeable }) => {
    victim.life.alive = false
    Deferred.doneUnsafe(victim.life.died, Effect.void)
    run(Scope.close(victim.scope, Exit.void))
  }

  const crash = (victim: Victim, awayMs: number, damage?: Damage): void => {
    armed = undefined
    const next = join(root, String(++directories))
    if (existsSync(directory)) cpSync(directory, next, { recursive: true, filter: (path) => !path.includes("lock") })
    directory = next
    if (damage !== undefined) flipBytes(directory, damage)
    const victims = [victim === "everything" ? gateway : undefined, office].filter((life) => life !== undefined)
    office = undefined
    if (victim === "everything") gateway = undefined
    for (const { life } of victims) life.alive = false
    for (const each of victims) end(each)
    run(Effect.delay(startAll, awayMs))
  }

  const startOffice = Effect.gen(function* () {
    const number = ++offices
    const own = directory
    const life = newLife()
    const pass = passOf(life)
    const scope = yield* Scope.make()
    const mortal = Layer.effectContext(
      Effect.gen(function* () {
        const bus = mortalBus(yield* TraceBus, pass)
        const letters = mortalLetters(yield* DeadLetters, pass)
        return Context.make(TraceBus, bus).pipe(Context.add(DeadLetters, letters))
      })
    ).pipe(
      Layer.provide(SqliteDeadLetters.layer({ directory: own })),
      Layer.provide(SqliteTraceBus.layer({ directory: own, maxBytes: spoolBytes }))
    )
    const sinks = simulatedSinks(exchange(number, pass), `office-${number}`)
    const layer = Exporter.layer.pipe(
      Layer.provideMerge(mortal),
      Layer.provide(Layer.succeed(TraceSinks, sinks)),
      Layer.provide(Layer.succeed(ConfigSync, config))
    )
    const built = yield* Effect.exit(Layer.buildWithScope(Layer.fresh(layer), scope))
    if (Exit.isFailure(built)) {
      yield* Scope.close(scope, Exit.void)
      return yield* built
    }
    const context = built.value
    // Killed while it was starting.
    if (own !== directory) return yield* Scope.close(scope, Exit.void)
    office = {
      number,
      life,
      scope,
      bus: Context.get(context, TraceBus),
      deadLetters: Context.get(context, DeadLetters),
      exporter: Context.get(context, Exporter)
    }
  })

  const confirmedOrDead = <A, E>(effect: Effect.Effect<A, E>, life: Life) =>
    Effect.raceFirst(
      effect,
      Effect.andThen(Deferred.await(life.died), () => Effect.fail(dead))
    )

  /** As the thread of the gateway sees the one of the back office. */
  const frameSink = (life: Life): FrameSink["Service"] => {
    const ask = <A, E>(of: (current: NonNullable<typeof office>) => Effect.Effect<A, E>) =>
      Effect.suspend((): Effect.Effect<A, E | BusUnavailable> => {
        if (!life.alive) return Effect.never
        return office === undefined ? Effect.fail(dead) : confirmedOrDead(of(office), office.life)
      }).pipe(Effect.catchTag("BusUnavailable", (error) => (life.alive ? Effect.fail(error) : Effect.never)))
    return {
      publish: (frame: Frame) =>
        Effect.suspend(() => {
          const hand: Handed = { traceIds: traceIdsOf(frame), spans: frame.spans, confirmed: false }
          return ask(({ bus }) => {
            handed.push(hand)
            return bus.publish(frame)
          }).pipe(Effect.tap(() => Effect.sync(() => void (hand.confirmed = true))))
        }),
      recordLoss: (spans, reason) =>
        Effect.suspend(() => {
          const loss = { spans, confirmed: false }
          return ask(({ bus }) => {
            told.push(loss)
            return bus.recordLoss(spans, reason)
          }).pipe(Effect.tap(() => Effect.sync(() => void (loss.confirmed = true))))
        })
    }
  }

  const startGateway = Effect.gen(function* () {
    const life = newLife()
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(
      Layer.fresh(QueuedSpanPublisher.layer()).pipe(Layer.provide(Layer.succeed(FrameSink, frameSink(life)))),
      scope
    )
    gateway = { number: ++gateways, life, scope, publisher: Context.get(context, SpanPublisher) }
  })

  const startAll: Effect.Effect<void> = Effect.gen(function* () {
    if (closed) return
    if (office === undefined) yield* startOffice
    if (gateway === undefined) yield* startGateway
  }).pipe(
    // A disk that is full, for one: whoever starts it tries again.
    Effect.catchCause((cause) => Effect.andThen(Effect.logWarning("the back office cannot start", cause), later))
  )
  const later = Effect.suspend(() => Effect.delay(startAll, AGAIN))

  yield* startAll

  return {
    office: (): Office | undefined => office,
    gateway: (): Gateway | undefined => gateway,
    handed: handed as ReadonlyArray<Handed>,
    told: told as ReadonlyArray<{ readonly spans: number; readonly confirmed: boolean }>,
    directory: () => directory,
    kill: (victim: Victim, when: When, awayMs: number) =>
      Effect.sync(() => {
        if (when === "now") crash(victim, awayMs)
        else armed = { moment: when.moment, left: when.count, victim, awayMs }
      }),
    corrupt: (damage: Damage, awayMs: number) => Effect.sync(() => crash("exporter", awayMs, damage)),
    disarm: Effect.sync(() => {
      armed = undefined
    }),
    /** What is being closed takes its time, of which some has to pass. */
    close: Effect.sync(() => {
      closed = true
      for (const each of [office, gateway]) if (each !== undefined) end(each)
    }),
    remove: Effect.sync(() => rmSync(root, { recursive: true, force: true }))
  }
})

export type Machine = Effect.Success<ReturnType<typeof makeMachine>>

const traceIdsOf = (frame: Frame): ReadonlyArray<string> =>
  Result.getOrThrow(decodeFrame(frame.bytes)).map(({ header }) => header.traceId)

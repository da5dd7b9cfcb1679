import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as FiberHandle from "effect/FiberHandle"
import * as FiberMap from "effect/FiberMap"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { CompiledConfig } from "../config/CompiledConfig.ts"
import { ConfigSync } from "../config/ConfigSync.ts"
import { TraceBus } from "../trace/TraceBus.ts"
import { DeadLetters } from "./DeadLetters.ts"
import { type DestinationMonitor, makeDestinationMonitor } from "./DestinationMonitor.ts"
import type { DestinationStatus } from "./DestinationStatus.ts"
import type { DestinationWork } from "./DestinationWork.ts"
import { CONSUMER_PREFIX, consumerName, destinationWorker } from "./DestinationWorker.ts"
import { failureName } from "./failureName.ts"
import { TraceSinks } from "./TraceSink.ts"

/** What a flush had to leave in the spool, where it waits for the next start. */
export interface Unflushed {
  readonly destination: string
  readonly spans: number
}

/** Destinations that stop or start at the same time when the configuration changes. */
const RECONCILE_CONCURRENCY = 8

/** How long the start waits for the bus to give every destination its place. */
const START_PATIENCE = "5 seconds"

/**
 * Keeps one independent fiber tree per configured destination: subscription, batches, retries, health.
 *
 * Follows the configuration: a destination starts when it appears, starts anew when its entry or the common resource
 * changes, and ends when it disappears, which also ends its claim on what is queued. The others do not notice.
 * Building the layer waits until every destination has its place in the bus, so that nothing published after it is missed.
 */
export class Exporter extends Context.Service<
  Exporter,
  {
    /** By configuration order. */
    readonly statuses: Effect.Effect<ReadonlyArray<DestinationStatus>>
    /**
     * Waits until all that is queued is settled, no longer than the deadline; what is left stays in the spool. A
     * destination that is paused is not waited for.
     */
    readonly flush: (deadline: Duration.Input) => Effect.Effect<ReadonlyArray<Unflushed>>
  }
>()("spangate/services/export/Exporter") {
  static readonly layer: Layer.Layer<Exporter, never, ConfigSync | DeadLetters | TraceBus | TraceSinks> = Layer.effect(
    Exporter,
    Effect.gen(function* () {
      const config = yield* ConfigSync
      const bus = yield* TraceBus
      const sinks = yield* TraceSinks
      const deadLetters = yield* DeadLetters
      const fibers = yield* FiberMap.make<string, void>()
      const forgetting = yield* FiberHandle.make<void>()
      let running: ReadonlyMap<string, DestinationWork> = new Map()

      const start = (work: DestinationWork) =>
        destinationWorker(work).pipe(
          Effect.provideService(TraceBus, bus),
          Effect.provideService(TraceSinks, sinks),
          Effect.provideService(DeadLetters, deadLetters),
          (worker) => FiberMap.run(fibers, work.destination.name, worker)
        )

      // Also finds consumers whose destination went while no exporter ran: the bus would keep every frame for them.
      const forgetOthers = (wanted: ReadonlySet<string>) =>
        bus.consumers.pipe(
          Effect.flatMap((consumers) =>
            Effect.forEach(
              consumers.filter((name) => name.startsWith(CONSUMER_PREFIX) && !wanted.has(name)),
              (name) =>
                Effect.andThen(
                  bus.unsubscribe(name),
                  Effect.logInfo("destination is gone from the bus").pipe(Effect.annotateLogs({ consumer: name }))
                )
            )
          ),
          Effect.retry(Schedule.min([Schedule.exponential("1 second"), Schedule.spaced("30 seconds")])),
          Effect.ignoreCause({ log: "Warn", message: "destinations could not be forgotten" })
        )

      const reconcile = Effect.fnUntraced(function* (compiled: CompiledConfig) {
        yield* FiberHandle.clear(forgetting)
        const before = running
        const wanted = new Map<string, DestinationWork>()
        const changed: Array<DestinationWork> = []
        for (const destination of compiled.destinations) {
          const known = before.get(destination.name)
          const same =
            known !== undefined &&
            Equal.equals(known.destination, destination) &&
            Equal.equals(known.common, compiled.resource)
          const monitor: DestinationMonitor = known?.monitor ?? (yield* makeDestinationMonitor(destination.name))
          const work = same ? known : { destination, common: compiled.resource, monitor }
          wanted.set(destination.name, work)
          if (!same) changed.push(work)
        }
        running = wanted
        const removed = [...before.keys()].filter((name) => !wanted.has(name))
        // A destination has one live subscription, so the old fiber is gone before the new one starts.
        yield* Effect.forEach(removed, (name) => FiberMap.remove(fibers, name), {
          concurrency: RECONCILE_CONCURRENCY,
          discard: true
        })
        yield* Effect.forEach(
          changed,
          (work) => Effect.andThen(FiberMap.remove(fibers, work.destination.name), start(work)),
          { concurrency: RECONCILE_CONCURRENCY, discard: true }
        )
        yield* FiberHandle.run(forgetting, forgetOthers(new Set([...wanted.keys()].map(consumerName))))
      })

      const monitors = () => [...running.values()].map((work) => work.monitor)

      yield* reconcile(config.current())
      yield* Effect.forEach(monitors(), (monitor) => Latch.await(monitor.ready), { discard: true }).pipe(
        Effect.timeoutOption(START_PATIENCE)
      )
      yield* Stream.runForEach(config.changes, (compiled) =>
        Effect.catchDefect(reconcile(compiled), (defect) =>
          Effect.logWarning("destinations could not follow the configuration").pipe(
            Effect.annotateLogs({ defect: failureName(defect) })
          )
        )
      ).pipe(Effect.forkScoped)

      const statuses = Effect.gen(function* () {
        const accounts = yield* Effect.orElseSucceed(deadLetters.accounts, () => [])
        const all = yield* Effect.forEach(monitors(), (monitor) => monitor.status)
        return all.map((status): DestinationStatus => {
          const account = accounts.find(({ destination }) => destination === status.name)
          return {
            ...status,
            ...(account === undefined ? {} : { deadLetters: account }),
            ...(bus.capacityBytes === undefined ? {} : { queueCapacityBytes: bus.capacityBytes })
          }
        })
      })

      const settled = (monitor: DestinationMonitor) =>
        Effect.repeat(monitor.status, {
          schedule: Schedule.spaced("50 millis"),
          until: (status) => status.paused || status.ledger?.queued === 0
        })

      return Exporter.of({
        statuses,
        flush: Effect.fnUntraced(function* (deadline) {
          yield* Effect.forEach(monitors(), settled, { concurrency: "unbounded", discard: true }).pipe(
            Effect.timeoutOption(deadline)
          )
          const left = yield* statuses
          return left.flatMap(({ ledger, name }) =>
            ledger === undefined || ledger.queued === 0 ? [] : [{ destination: name, spans: ledger.queued }]
          )
        })
      })
    })
  )
}

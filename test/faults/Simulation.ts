import { existsSync, mkdtempSync, readdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as TestClock from "effect/testing/TestClock"
import type { Destination } from "../../src/services/config/CompiledConfig.ts"
import { ConfigSync } from "../../src/services/config/ConfigSync.ts"
import type { DestinationStatus } from "../../src/services/export/DestinationStatus.ts"
import { config, destination } from "../services/export/harness.ts"
import { assertAccounted, assertBalanced, assertLettersBalanced, assertPatient } from "./Account.ts"
import { diskUnder } from "./Disk.ts"
import { drawFrom } from "./Draw.ts"
import { type Machine, makeMachine } from "./Machine.ts"
import type { DestinationPlan, Schedule, Step } from "./Schedule.ts"
import { SimulatedDestination } from "./SimulatedDestination.ts"
import { steppedClock } from "./SteppedClock.ts"
import { anyCapture, spansOf } from "./Traffic.ts"

const START = Date.UTC(2026, 10, 24)
const SPOOL_BYTES = 512 * 1024 * 1024
const TIMEOUT_MS = 10_000

/** How far a simulation got, in figures, so that a test can see that something happened. */
export interface Report {
  readonly captured: number
  readonly requests: number
  readonly processes: number
}

const entry = (plan: DestinationPlan, key: string): Destination =>
  destination(plan.name, {
    protocol: plan.transport === "grpc" ? "grpc" : "http",
    encoding: plan.transport === "http/json" ? "json" : "proto",
    headers: { authorization: Redacted.make(key) },
    timeoutMs: TIMEOUT_MS,
    maxBatchBytes: plan.maxBatchBytes,
    maxBatchSpans: plan.maxBatchSpans,
    onUnauthorized: plan.onUnauthorized
  })

const loud = (lines: Array<string>) =>
  Layer.merge(
    Logger.layer([Logger.make(({ logLevel, message }) => void (logLevel === "Error" && lines.push(String(message))))]),
    Layer.succeed(References.MinimumLogLevel, "Error")
  )

/**
 * Runs a schedule on a simulated machine in virtual time: the real publisher, spool, exporter, sinks and dead letters,
 * between a request path that never fails and destinations that do. Afterwards everything is mended, all that waits is
 * delivered, what was refused is replayed, and the accounts must say where every span is. A failure has the seed and
 * the schedule in its words.
 */
export const simulate = (schedule: Schedule): Effect.Effect<Report> => {
  const errors: Array<string> = []
  return simulation(schedule, errors).pipe(
    Effect.scoped,
    Effect.provide(loud(errors)),
    Random.withSeed(schedule.seed),
    Effect.catchCause((cause) =>
      Effect.die(new Error(failure(schedule, cause, errors), { cause: Cause.squash(cause) }))
    )
  )
}

const failure = ({ destinations, seed, steps }: Schedule, cause: Cause.Cause<unknown>, errors: ReadonlyArray<string>) =>
  [
    Cause.pretty(cause),
    `FAULT_SEED=${JSON.stringify(seed)} replays this:`,
    ...[...destinations, ...steps].map((line) => `  ${JSON.stringify(line)}`),
    ...errors.map((line) => `  said: ${line}`)
  ].join("\n")

const simulation = Effect.fnUntraced(
  function* (schedule: Schedule, errors: ReadonlyArray<string>) {
    yield* TestClock.setTime(START)
    const { clock, step, traceClock } = steppedClock(yield* Clock.Clock)
    const draw = drawFrom(`${schedule.seed}, drawn while it runs`)
    const root = mkdtempSync(join(tmpdir(), "spangate-faults-"))
    const disk = yield* Effect.acquireRelease(
      Effect.sync(() => diskUnder(root)),
      (disk) => Effect.sync(() => disk.close())
    )
    const destinations = new Map(
      schedule.destinations.map((plan) => [
        plan.name,
        new SimulatedDestination(plan, drawFrom(`${schedule.seed} ${plan.name}`))
      ])
    )
    const destinationOf = (name: string) => destinations.get(name) ?? assert.fail(`no destination ${name}`)
    let keys = 1
    const entries = () => config(schedule.destinations.map((plan) => entry(plan, `key-${keys}`)))
    const ref = yield* SubscriptionRef.make(entries())

    const machine = yield* Effect.acquireRelease(
      makeMachine({
        root,
        spoolBytes: SPOOL_BYTES,
        config: ConfigSync.of({
          current: () => SubscriptionRef.getUnsafe(ref),
          changes: SubscriptionRef.changes(ref),
          refused: () => 0
        }),
        exchange: (process, pass) => (to, body) =>
          Effect.gen(function* () {
            yield* pass("before sending")
            const at = Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)
            const reaction = destinationOf(to.name).receive(body, process, at)
            yield* pass("request received")
            if (reaction.end === "silence") return reaction
            yield* Effect.sleep(reaction.afterMs)
            yield* pass("answer given")
            return { ...reaction, afterMs: 0 }
          })
      }).pipe(Effect.provideService(Clock.Clock, clock)),
      // Virtual time has to pass for what is being closed.
      (machine) => Effect.andThen(machine.close, TestClock.adjust("1 minute"))
    )
    const statuses = statusesOf(machine)
    const captured = new Map<string, number>()
    let damaged = false
    let diskWasFull = false

    const apply = (each: Step): Effect.Effect<void> => {
      switch (each.kind) {
        case "capture":
          return Effect.sync(() => {
            const gateway = machine.gateway()
            if (gateway === undefined) return
            for (let trace = 0; trace < each.traces; trace++) {
              const capture = anyCapture(draw, traceClock, each.contentBytes)
              captured.set(capture.header.traceId, spansOf(capture))
              gateway.publisher.offer(capture)
            }
          })
        case "wait":
          return TestClock.adjust(each.ms)
        case "destination":
          return Effect.sync(() => {
            destinationOf(each.name).fault = each.fault
          })
        case "kill":
          return machine.kill(each.what, each.when, each.awayMs)
        case "disk":
          return Effect.sync(() => {
            diskWasFull = true
            disk.full(each.state === "full")
          })
        case "corrupt":
          damaged = true
          return machine.corrupt(each.damage, each.awayMs)
        case "clock":
          return Effect.sync(() => step(each.ms))
        case "replay":
          return replayAll(machine)
      }
    }

    for (const each of schedule.steps) {
      yield* apply(each)
      yield* TestClock.adjust(1)
      for (const { deadLetters, ledger } of yield* statuses) {
        if (ledger !== undefined) assertBalanced(ledger)
        if (deadLetters !== undefined) assertLettersBalanced(deadLetters)
      }
    }

    // From here on everything works.
    yield* machine.disarm
    yield* Effect.sync(() => disk.full(false))
    for (const each of destinations.values()) each.fault = "ok"
    const settled = (isSettled: (status: DestinationStatus) => boolean) =>
      Effect.gen(function* () {
        for (let round = 0; round < 2000; round++) {
          const now = yield* statuses
          const publisher = machine.gateway()?.publisher
          if (now.some(({ paused }) => paused)) {
            keys++
            yield* SubscriptionRef.set(ref, entries())
          } else if (now.length > 0 && publisher?.stats().queuedEvents === 0 && now.every(isSettled)) return now
          yield* TestClock.adjust("5 seconds")
        }
        return assert.fail(`it does not settle: ${JSON.stringify(yield* statuses)}`)
      })
    yield* settled(({ ledger }) => ledger?.queued === 0)
    yield* replayAll(machine)
    const ends = yield* settled(({ deadLetters, ledger }) => ledger?.queued === 0 && (deadLetters?.letters ?? 0) === 0)

    const movedAside = {
      spool: asideOf(machine.directory(), "spool.db.corrupt-"),
      letters: asideOf(machine.directory(), "dead-letters.db.corrupt-")
    }
    assert.strictEqual(
      errors.filter((line) => /damaged/.test(line)).length >= movedAside.spool + movedAside.letters,
      true
    )
    for (const { deadLetters, ledger, name } of ends) {
      assertPatient(destinationOf(name).arrivals)
      assertAccounted({
        captured,
        handed: machine.handed,
        told: machine.told,
        destination: destinationOf(name),
        ledger: ledger ?? assert.fail(`${name} has no ledger`),
        letters: deadLetters,
        movedAside,
        damaged,
        diskWasFull
      })
    }
    const stats = machine.gateway()?.publisher.stats() ?? assert.fail("no gateway")
    const drops = Object.values(stats.droppedSpans).reduce((sum, spans) => sum + spans, 0)
    assert.strictEqual(stats.capturedSpans, stats.publishedSpans + drops)
    const report: Report = {
      captured: captured.size,
      requests: [...destinations.values()].reduce((sum, { arrivals }) => sum + arrivals.length, 0),
      processes: machine.office()?.number ?? 0
    }
    return report
  },
  (effect): Effect.Effect<Report, never, Scope.Scope> => Effect.orDie(effect)
)

const statusesOf = (machine: Machine): Effect.Effect<ReadonlyArray<DestinationStatus>> =>
  Effect.suspend(() => machine.office()?.exporter.statuses ?? Effect.succeed([]))

const replayAll = (machine: Machine): Effect.Effect<void> =>
  Effect.suspend(() => machine.office()?.deadLetters.requestReplay({}) ?? Effect.succeed(0)).pipe(Effect.ignore)

const asideOf = (directory: string, prefix: string): number =>
  existsSync(directory)
    ? readdirSync(directory).filter((name) => name.startsWith(prefix) && /-\d+$/.test(name)).length
    : 0

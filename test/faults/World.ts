import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as TestClock from "effect/testing/TestClock"
import type { Destination } from "../../src/services/config/CompiledConfig.ts"
import { ConfigSync } from "../../src/services/config/ConfigSync.ts"
import type { DestinationStatus } from "../../src/services/export/DestinationStatus.ts"
import { config, destination } from "../services/export/harness.ts"
import { diskUnder } from "./Disk.ts"
import { drawFrom } from "./Draw.ts"
import { makeMachine } from "./Machine.ts"
import type { DestinationPlan, Schedule, Step } from "./Schedule.ts"
import { SimulatedDestination } from "./SimulatedDestination.ts"
import { steppedClock } from "./SteppedClock.ts"
import { anyCapture, spansOf } from "./Traffic.ts"

/** Of a send. */
export const TIMEOUT_MS = 10_000

const entryOf = (plan: DestinationPlan, key: string): Destination =>
  destination(plan.name, {
    protocol: plan.transport === "grpc" ? "grpc" : "http",
    encoding: plan.transport === "http/json" ? "json" : "proto",
    headers: { authorization: Redacted.make(key) },
    timeoutMs: TIMEOUT_MS,
    maxBatchBytes: plan.maxBatchBytes,
    maxBatchSpans: plan.maxBatchSpans,
    onUnauthorized: plan.onUnauthorized
  })

/** A machine in virtual time, its disk, its clock, and the destinations around it, for as long as the scope lives. */
export const makeWorld = Effect.fnUntraced(function* ({ destinations: plans, seed, spoolBytes }: Schedule) {
  const { clock, step, traceClock } = steppedClock(yield* Clock.Clock)
  const draw = drawFrom(`${seed}, drawn while it runs`)
  const root = mkdtempSync(join(tmpdir(), "spangate-faults-"))
  const disk = yield* Effect.acquireRelease(
    Effect.sync(() => diskUnder(root)),
    (disk) => Effect.sync(() => disk.close())
  )
  const destinations = new Map(
    plans.map((plan) => [plan.name, new SimulatedDestination(plan, drawFrom(`${seed}, ${plan.name}`))])
  )
  const destinationOf = (name: string) => destinations.get(name) ?? assert.fail(`no destination ${name}`)
  const keys = new Map<string, number>()
  const configured = () => config(plans.map((plan) => entryOf(plan, `key ${keys.get(plan.name) ?? 0}`)))
  const ref = yield* SubscriptionRef.make(configured())

  const machine = yield* Effect.acquireRelease(
    makeMachine({
      root,
      spoolBytes,
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
          if (reaction.end === "silence") return reaction.end
          yield* Effect.sleep(reaction.afterMs)
          yield* pass("answer given")
          return reaction.end
        })
    }).pipe(Effect.provideService(Clock.Clock, clock)),
    (machine) => machine.close.pipe(Effect.andThen(TestClock.adjust("1 minute")), Effect.andThen(machine.remove))
  )

  /** Empty while no exporter runs. */
  const statuses = Effect.suspend(() => machine.office()?.exporter.statuses ?? Effect.succeed([]))
  const replayAll = Effect.suspend(() => machine.office()?.deadLetters.requestReplay({}) ?? Effect.void).pipe(
    Effect.ignore
  )
  const replaying = Effect.suspend(() => machine.office()?.deadLetters.list({}, 100_000) ?? Effect.succeed([])).pipe(
    Effect.orDie,
    Effect.map((letters) => letters.some(({ replayRequested }) => replayRequested))
  )

  /** By trace id: how many spans the request has. */
  const captured = new Map<string, number>()
  const happened = { damage: false, fullDisk: false }

  const apply = (each: Step): Effect.Effect<void> => {
    switch (each.kind) {
      case "capture":
        return Effect.sync(() => {
          const gateway = machine.gateway()
          for (let trace = 0; gateway !== undefined && trace < each.traces; trace++) {
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
          happened.fullDisk = true
          disk.full(each.state === "full")
        })
      case "corrupt":
        return Effect.suspend(() => {
          happened.damage = true
          return machine.corrupt(each.damage, each.awayMs)
        })
      case "clock":
        return Effect.sync(() => step(each.ms))
      case "replay":
        return replayAll
    }
  }

  /** Nothing fails from here on. */
  const mend = Effect.gen(function* () {
    yield* machine.disarm
    disk.full(false)
    for (const each of destinations.values()) each.fault = "ok"
  })

  /** Time passes until nothing waits anywhere; a destination that is paused gets a new key. Gives how all ended. */
  const settled = Effect.gen(function* () {
    // What was lost on the way is told a little later.
    yield* TestClock.adjust("5 seconds")
    for (let round = 0; round < 2000; round++) {
      const now: ReadonlyArray<DestinationStatus> = yield* statuses
      const refused = now.filter(({ paused }) => paused)
      for (const { name } of refused) keys.set(name, (keys.get(name) ?? 0) + 1)
      if (refused.length > 0) yield* SubscriptionRef.set(ref, configured())
      const publishing = machine.gateway()?.publisher.stats().queuedEvents !== 0
      const sending = now.length === 0 || now.some(({ ledger, paused }) => paused || ledger?.queued !== 0)
      if (!publishing && !sending && !(yield* replaying)) return now
      yield* TestClock.adjust("5 seconds")
    }
    return assert.fail(`it does not settle: ${JSON.stringify(yield* statuses)}`)
  })

  return { apply, captured, destinations, destinationOf, happened, machine, mend, replayAll, settled, statuses }
})

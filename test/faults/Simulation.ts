import { existsSync, readdirSync } from "node:fs"
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import {
  assertAccounted,
  assertBalanced,
  assertExact,
  assertLettersBalanced,
  assertPatient,
  type Outcome
} from "./Account.ts"
import type { Schedule } from "./Schedule.ts"
import type { Arrival } from "./SimulatedDestination.ts"
import { makeWorld, TIMEOUT_MS } from "./World.ts"

const START = Date.UTC(2026, 10, 24)

/** How far a simulation got, so that a test can see that something happened. */
export interface Report {
  readonly traces: number
  readonly requests: number
  /** Of the exporter, one after the other. */
  readonly processes: number
  /** What was said loudly. */
  readonly errors: ReadonlyArray<string>
}

const loud = (lines: Array<string>) =>
  Layer.merge(
    Logger.layer([
      Logger.make(({ logLevel, message }) => {
        if (logLevel === "Error") lines.push(JSON.stringify(message))
      })
    ]),
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
  return run(schedule, errors).pipe(
    Effect.scoped,
    Effect.provide(loud(errors)),
    Random.withSeed(schedule.seed),
    Effect.catchCause((cause) => {
      const error = Cause.squash(cause)
      return Effect.die(new Error(words(schedule, String(error), errors), { cause: error }))
    })
  )
}

const words = ({ destinations, seed, steps }: Schedule, failure: string, errors: ReadonlyArray<string>): string =>
  [
    failure,
    `FAULT_SEED=${JSON.stringify(seed)} replays this:`,
    ...[...destinations, ...steps].map((line) => `  ${JSON.stringify(line)}`),
    ...errors.map((line) => `  said: ${line}`)
  ].join("\n")

const run = Effect.fnUntraced(function* (schedule: Schedule, errors: ReadonlyArray<string>) {
  yield* TestClock.setTime(START)
  const { apply, captured, destinationOf, destinations, happened, machine, ...world } = yield* makeWorld(schedule)
  for (const step of schedule.steps) {
    yield* apply(step)
    yield* TestClock.adjust(1)
    for (const { deadLetters, ledger } of yield* world.statuses) {
      if (ledger !== undefined) assertBalanced(ledger)
      if (deadLetters !== undefined) assertLettersBalanced(deadLetters)
    }
  }
  yield* world.mend
  yield* world.settled
  yield* world.replayAll
  const ends = yield* world.settled

  const movedAside = {
    spool: asideOf(machine.directory(), "spool.db.corrupt-"),
    letters: asideOf(machine.directory(), "dead-letters.db.corrupt-")
  }
  const said = errors.filter((line) => line.includes("moved aside")).length
  assert.isAtLeast(said, movedAside.spool + movedAside.letters, "a file that is moved aside is spoken of")
  const processes = machine.office()?.number ?? 0
  for (const { deadLetters, ledger, name } of ends) {
    assertPatient(destinationOf(name).arrivals)
    const outcome: Outcome = {
      captured,
      handed: machine.handed,
      told: machine.told,
      destination: destinationOf(name),
      ledger: ledger ?? assert.fail(`${name} has no ledger`),
      letters: deadLetters,
      movedAside,
      cut: {
        spool: errors.some((line) => line.includes("ends where the damage begins")),
        letters: errors.some((line) => line.includes("the newest changes to them are lost"))
      },
      happened
    }
    assertAccounted(outcome)
    // Who is killed, or paused, in the middle of a frame sends all of it again.
    const again = processes > 1 || destinationOf(name).arrivals.some(isPausing)
    if (!again && !happened.fullDisk) assertExact(outcome, TIMEOUT_MS)
  }
  const stats = machine.gateway()?.publisher.stats() ?? assert.fail("no gateway")
  const drops = Object.values(stats.droppedSpans).reduce((sum, spans) => sum + spans, 0)
  assert.strictEqual(stats.capturedSpans, stats.publishedSpans + drops)
  const report: Report = {
    traces: captured.size,
    requests: [...destinations.values()].reduce((sum, { arrivals }) => sum + arrivals.length, 0),
    processes,
    errors
  }
  return report
})

const isPausing = ({ reaction: { end } }: Arrival): boolean =>
  typeof end === "object" && (end.status === 401 || end.status === 403)

const asideOf = (directory: string, prefix: string): number =>
  existsSync(directory)
    ? readdirSync(directory).filter((name) => name.startsWith(prefix) && /-\d+$/.test(name)).length
    : 0

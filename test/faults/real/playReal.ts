import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { FakeProvider } from "../../../src/layers/fake/FakeProvider.ts"
import * as SqliteDeadLetters from "../../../src/layers/sqlite/SqliteDeadLetters.ts"
import { DeadLetters } from "../../../src/services/export/DeadLetters.ts"
import { configuration, configure } from "../../e2e/kit/configuration.ts"
import { type Completed, type Load, load } from "../../e2e/kit/Load.ts"
import { assertBalanced, metricsOf } from "../../e2e/kit/metrics.ts"
import { type Gateway, serving } from "../../e2e/kit/Program.ts"
import { temporaryDirectory } from "../../e2e/kit/temporaryDirectory.ts"
import { flipBytes } from "../flipBytes.ts"
import type * as Schedules from "../Schedule.ts"
import { realDestination } from "./RealDestination.ts"
import { smallDisk } from "./SmallDisk.ts"

const entry = new URL("./programs/gateway.ts", import.meta.url)

const LOAD = { rate: 100, concurrency: 40 }

/** A process that is killed takes with it what it had not stored: none of it is older than this. */
const STORED_AFTER_MS = 1000

/** Waits in a schedule are for virtual time. */
const LONGEST_WAIT_MS = 400

/** Each capture of a schedule is so many times as many requests. */
const REQUESTS = 5

const PATIENCE = "40 seconds"

interface Life {
  readonly gateway: Gateway
  readonly traffic: Load
  killedAt?: number
}

const spansOf = ({ stream }: Completed): number => (stream ? 5 : 4)

/**
 * Plays a schedule with the real program in processes of its own, real sockets and a real disk, under load all the
 * time; virtual time and steps of the clock are left out. Afterwards the accounts must say where every span is.
 */
export const playReal = (schedule: Schedules.Schedule, disk: "mounted" | "limited") =>
  play(schedule, disk).pipe(
    Effect.catchCause((cause) => {
      const { destinations, seed, steps } = schedule
      const lines = [...destinations, ...steps].map((line) => `  ${JSON.stringify(line)}`)
      const error = Cause.squash(cause)
      const words = [String(error), `FAULT_SEED="process: ${seed}" plays this again:`, ...lines]
      return Effect.die(new Error(words.join("\n"), { cause: error }))
    })
  )

const play = Effect.fnUntraced(function* (schedule: Schedules.Schedule, kind: "mounted" | "limited") {
  const provider = yield* FakeProvider
  const [plan] = schedule.destinations
  const destination = yield* realDestination(plan?.transport ?? "http/proto")
  const directory = yield* temporaryDirectory
  const spool = join(directory, "data", "spool")
  const disk = yield* smallDisk(join(directory, "data"), kind)
  let version = 0
  const reconfigure = Effect.sync(() =>
    configure(directory, configuration({ provider: provider.origin, destinations: [destination.entry(++version)] }))
  )
  yield* reconfigure

  const lives: Array<Life> = []
  const start = Effect.gen(function* () {
    const gateway = yield* serving({ directory, entry })
    const life: Life = { gateway, traffic: yield* load({ url: gateway.url, ...LOAD }) }
    lives.push(life)
    return life
  })
  let now = yield* start
  const happened = { damage: false }

  const moreRequests = (count: number) =>
    now.traffic.untilCompleted(now.traffic.completed.length + count).pipe(Effect.timeout(PATIENCE))

  const dieAndStart = Effect.fnUntraced(function* (meanwhile: () => void) {
    now.killedAt = performance.now()
    now.gateway.signal("SIGKILL")
    yield* now.gateway.ended
    yield* now.traffic.stop
    meanwhile()
    now = yield* start
  })

  const apply = (step: Schedules.Step): Effect.Effect<unknown, unknown, Effect.Services<typeof start>> => {
    switch (step.kind) {
      case "capture":
        return moreRequests(step.traces * REQUESTS)
      case "wait":
        return Effect.sleep(Math.min(step.ms, LONGEST_WAIT_MS))
      case "destination":
        return destination.set(step.fault)
      case "kill":
        if (step.what === "everything") return dieAndStart(() => {})
        return Effect.andThen(
          Effect.sync(() => now.gateway.signal("SIGUSR2")),
          now.gateway.says(/The back office stopped; starting it again/)
        )
      case "disk":
        if (step.state === "free") return Effect.sync(() => disk.free(now.gateway.pid))
        disk.fill(now.gateway.pid)
        return now.gateway.says(/trace bus unavailable/)
      case "corrupt":
        happened.damage = true
        return dieAndStart(() => flipBytes(spool, step.damage))
      case "clock":
        return Effect.void
      case "replay":
        return replayAll(spool)
    }
  }

  for (const step of schedule.steps) yield* apply(step)
  yield* destination.set("ok")
  yield* moreRequests(20)
  yield* now.traffic.stop

  const settled = Effect.gen(function* () {
    // First, so that the figures are not older.
    const busy = yield* replaying(spool)
    const metrics = yield* metricsOf(now.gateway.url)
    if (metrics.sum("spangate_export_paused") > 0) yield* reconfigure
    const { captured, queued } = metrics.ledger("a")
    const waiting = metrics.sum("spangate_publisher_queue_events") + queued
    return { metrics, done: captured > 0 && waiting === 0 && !busy }
  }).pipe(
    Effect.repeat({ schedule: Schedule.spaced("100 millis"), until: ({ done }) => done }),
    Effect.timeoutOrElse({ duration: PATIENCE, orElse: () => Effect.die(new Error("it does not settle")) }),
    Effect.map(({ metrics }) => metrics)
  )
  yield* settled
  yield* replayAll(spool)
  const end = yield* settled

  const ledger = end.ledger("a")
  assertBalanced(ledger)
  assert.strictEqual(end.sum("spangate_export_dropped_spans_total", { reason: "unaccounted" }), 0)
  for (const { gateway, killedAt, traffic } of lives) {
    assert.strictEqual(gateway.stderr(), "")
    assert.isTrue(traffic.completed.every(({ status }) => status === 200))
    // Whose gateway is killed has no answer; nobody else is without.
    if (killedAt === undefined) assert.strictEqual(traffic.broken(), 0)
  }

  const sure = lives.flatMap(({ killedAt = Number.POSITIVE_INFINITY, traffic }) =>
    traffic.completed.filter((request) => request.end < killedAt - STORED_AFTER_MS)
  )
  const missing = sure.reduce((sum, request) => sum + spansOf(request) - destination.held(request.traceId), 0)
  const rejected = ledger.rejected + end.sum("spangate_dead_letters_gone_spans_total", { to: "rejected" })
  const stored = end.sum("spangate_dead_letters_stored_spans")
  const words = `${missing} spans are nowhere; ${rejected} rejected, ledger ${JSON.stringify(ledger)}`
  const moved = existsSync(spool) && readdirSync(spool).some((name) => name.includes(".corrupt-"))
  if (!happened.damage) {
    assert.deepStrictEqual([ledger.dropped, stored], [0, 0], words)
    assert.isAtMost(missing, rejected, words)
  } else if (!moved) {
    assert.isAtMost(missing, rejected + ledger.dropped + stored, words)
  } else {
    assert.isTrue(
      lives.some(({ gateway }) => /was damaged|were damaged/.test(gateway.stdout())),
      "damage is spoken of"
    )
  }
  destination.assertRepeatsAgree()
  return { requests: sure.length, deliveries: destination.requests(), lives: lives.length }
})

const visiting = <A>(
  spool: string,
  body: (deadLetters: DeadLetters["Service"]) => Effect.Effect<A, unknown>,
  otherwise: A
) =>
  Effect.flatMap(DeadLetters, body).pipe(
    Effect.provide(SqliteDeadLetters.visit(spool), { local: true }),
    Effect.orElseSucceed(() => otherwise)
  )

const replayAll = (spool: string) => visiting(spool, ({ requestReplay }) => requestReplay({}), 0)

const replaying = (spool: string) =>
  visiting(
    spool,
    ({ list }) => Effect.map(list({}, 100_000), (letters) => letters.some(({ replayRequested }) => replayRequested)),
    false
  )

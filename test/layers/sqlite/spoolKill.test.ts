import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqliteTraceBus from "../../../src/layers/sqlite/SqliteTraceBus.ts"
import { SpoolLocked, SpoolUnusable } from "../../../src/layers/sqlite/spool/SpoolErrors.ts"
import { TraceBus } from "../../../src/services/trace/TraceBus.ts"
import { assertBalanced } from "../../contracts/traceBus.ts"
import { temporaryDirectory } from "./temporaryDirectory.ts"

/** Runs the process until it has said `lines` lines, does something meanwhile, kills it with SIGKILL; gives all it said. */
const killAfter = <A = void>(
  directory: string,
  round: number,
  lines: number,
  meanwhile?: (pid: number) => Promise<A>
) =>
  Effect.promise(async () => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL("./spoolProcess.ts", import.meta.url)), directory, String(round)],
      {
        stdio: ["ignore", "pipe", "inherit"]
      }
    )
    const said: Array<string> = []
    for await (const line of createInterface({ input: child.stdout })) {
      said.push(line)
      if (said.length !== lines) continue
      await meanwhile?.(child.pid ?? 0)
      child.kill("SIGKILL")
    }
    return said
  })

const numbersOf = (said: ReadonlyArray<string>, verb: string): ReadonlyArray<number> =>
  said.filter((line) => line.startsWith(`${verb} `)).map((line) => Number(line.slice(verb.length + 1)))

const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((total, each) => total + each, 0)

it.effect("kill -9 while publishing and acknowledging loses nothing that was confirmed, and the ledgers balance", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const confirmed: Array<number> = []
    let settled = 0
    for (const [round, lines] of [3, 40, 150, 333, 500, 777].entries()) {
      const said = yield* killAfter(directory, round, lines)
      confirmed.push(...numbersOf(said, "published"))
      settled += sum(numbersOf(said, "acknowledged"))
      yield* Effect.gen(function* () {
        const bus = yield* TraceBus
        const slow = yield* bus.subscribe("slow")
        const fast = yield* bus.subscribe("fast")
        const [slowLedger, fastLedger] = [yield* slow.ledger, yield* fast.ledger]
        assertBalanced(slowLedger)
        assertBalanced(fastLedger)
        assert.isAtLeast(fastLedger.delivered, settled)
        // An acknowledgement may have been stored and not yet told.
        settled = fastLedger.delivered
        assert.deepStrictEqual([slowLedger.dropped, fastLedger.dropped], [{}, {}])

        if (slowLedger.queued === 0) return assert.strictEqual(confirmed.length, 0)
        const frames = yield* slow.take(1_000_000_000)
        const numbers = frames.map(({ bytes }) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0))
        assert.strictEqual(sum(frames.map((frame) => frame.spans)), slowLedger.captured)
        assert.strictEqual(new Set(numbers).size, numbers.length)
        const missing = new Set(confirmed).difference(new Set(numbers))
        assert.deepStrictEqual([...missing], [])
        if (fastLedger.queued > 0) {
          const rest = yield* fast.take(1_000_000_000)
          assert.strictEqual(sum(rest.map((frame) => frame.spans)), fastLedger.queued)
        }
      }).pipe(Effect.scoped, Effect.provide(SqliteTraceBus.layer({ directory }), { local: true }))
    }
    assert.isAtLeast(confirmed.length, 500)
    assert.isAtLeast(settled, 100)
  })
)

const open = (directory: string) => Effect.provide(Effect.void, SqliteTraceBus.layer({ directory }), { local: true })

it.effect("a second process is refused by name and pid, and takes over from one that was killed", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    let refusal: unknown
    let holder = 0
    yield* killAfter(directory, 0, 1, async (pid) => {
      holder = pid
      refusal = await Effect.runPromise(Effect.flip(open(directory)))
    })
    assert.isTrue(refusal instanceof SpoolLocked)
    assert.deepStrictEqual([(refusal as SpoolLocked).path, (refusal as SpoolLocked).pid], [directory, holder])
    assert.strictEqual((refusal as SpoolLocked).message, `The spool ${directory} is in use by process ${holder}`)
    yield* open(directory)
  })
)

it.effect("a second bus of the same process is refused, and leaves the first one its lock", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    yield* Effect.gen(function* () {
      for (let attempt = 0; attempt < 3; attempt++) {
        const refusal = yield* Effect.flip(open(directory))
        assert.isTrue(refusal instanceof SpoolLocked && refusal.pid === process.pid)
      }
    }).pipe(Effect.provide(SqliteTraceBus.layer({ directory }), { local: true }))
    yield* open(directory)
  })
)

it.effect("a directory that cannot be made is named", () =>
  Effect.gen(function* () {
    const refusal = yield* Effect.flip(open("/dev/null/spool"))
    assert.isTrue(refusal instanceof SpoolUnusable)
    assert.match(refusal.message, /^The spool \/dev\/null\/spool cannot be used: ENOTDIR/)
  })
)

import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqliteDeadLetters from "../../../src/layers/sqlite/SqliteDeadLetters.ts"
import { DeadLetters } from "../../../src/services/export/DeadLetters.ts"
import { Exporter } from "../../../src/services/export/Exporter.ts"
import { assertAccounts } from "../../contracts/deadLetters.ts"
import { assertBalanced } from "../../contracts/traceBus.ts"
import { SPANS_PER_EVENT } from "../../services/export/traceEvents.ts"
import { exporterOn, isPoison } from "./deadLetterExporter.ts"
import { temporaryDirectory } from "./temporaryDirectory.ts"

const script = fileURLToPath(new URL("./deadLetterProcess.ts", import.meta.url))

/** Kills an exporter with SIGKILL where it has buried and not yet acknowledged, at its so-manieth acknowledgement. */
const killAtAcknowledgement = (directory: string, first: number, acknowledgement: number) =>
  Effect.promise(async () => {
    const child = spawn(process.execPath, [script, directory, String(first), String(acknowledgement)], {
      stdio: ["ignore", "pipe", "inherit"]
    })
    let said = 0
    for await (const line of createInterface({ input: child.stdout })) {
      assert.strictEqual(line, "acknowledging")
      said += 1
      if (said === acknowledgement) child.kill("SIGKILL")
    }
    assert.strictEqual(said, acknowledgement)
  })

it.live("kill -9 between a dead letter and its acknowledgement loses nothing and counts nothing twice", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const rounds = [1, 2, 5]
    for (const [round, acknowledgement] of rounds.entries()) {
      yield* killAtAcknowledgement(directory, 1 + 60 * round, acknowledgement)
      const letters = yield* Effect.flatMap(DeadLetters, (deadLetters) => deadLetters.list({}, 1000)).pipe(
        Effect.provide(SqliteDeadLetters.visit(directory), { local: true })
      )
      assert.isAbove(letters.length, 0, "it was buried before it was acknowledged")
    }
    const published = 60 * rounds.length
    const poison = published / 5
    yield* Effect.gen(function* () {
      const exporter = yield* Exporter
      assert.deepStrictEqual(yield* exporter.flush("10 seconds"), [])
      const [status] = yield* exporter.statuses
      const ledger = status?.ledger ?? assert.fail("no ledger")
      assertBalanced(ledger)
      assert.deepStrictEqual(
        [ledger.captured, ledger.delivered, ledger.deadLettered, ledger.dropped],
        [published * SPANS_PER_EVENT, (published - poison) * SPANS_PER_EVENT, poison * SPANS_PER_EVENT, {}]
      )
      const deadLetters = yield* DeadLetters
      const letters = yield* deadLetters.list({}, 1000)
      assert.strictEqual(new Set(letters.map(({ traceId }) => traceId)).size, poison)
      assert.strictEqual(letters.length, poison)
      assert.isTrue(letters.every(({ traceId }) => isPoison(traceId)))
      assert.isTrue(
        letters.some(({ refusals }) => refusals > 1),
        "some were refused again after the kill"
      )
      const accounts = yield* deadLetters.accounts
      assertAccounts(accounts)
      assert.strictEqual(accounts[0]?.buriedSpans, ledger.deadLettered)
    }).pipe(Effect.provide(exporterOn(directory), { local: true }))
  })
)

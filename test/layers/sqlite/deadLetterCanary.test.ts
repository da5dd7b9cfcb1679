import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { resourceFromAttributes } from "@opentelemetry/resources"
import * as Effect from "effect/Effect"
import * as SqliteDeadLetters from "../../../src/layers/sqlite/SqliteDeadLetters.ts"
import { DeadLetters } from "../../../src/services/export/DeadLetters.ts"
import { lettersOf } from "../../../src/services/export/lettersOf.ts"
import { Permanent } from "../../../src/services/export/TraceSink.ts"
import { expand } from "../../../src/services/trace/expand.ts"
import { destination } from "../../services/export/harness.ts"
import { leaky } from "../../services/trace/leaky.ts"
import { temporaryDirectory } from "./temporaryDirectory.ts"

const CANARY = "canary-5d1c0b"

/** The canary as it may lie in a file: as it is, and as base64 of it in the prompt has it. */
const found = (directory: string) =>
  readdirSync(directory).filter((name) => {
    const bytes = readFileSync(join(directory, name))
    return bytes.includes(CANARY) || bytes.includes(Buffer.from(CANARY).toString("base64"))
  })

const bury = Effect.fnUntraced(function* (directory: string, excludeRequestData: boolean) {
  const deadLetters = yield* DeadLetters
  const resource = resourceFromAttributes({})
  for (const [index, event] of leaky(CANARY).entries()) {
    const spans = expand(event, resource, { name: "spangate" })
    const named = { ...event, header: { ...event.header, spanId: index.toString(16).padStart(16, "0") } }
    const parts = [{ spanCount: spans.length, bytes: new Uint8Array(0), spans: () => spans, event: named }]
    const refusal = new Permanent({ reason: "http_400", message: "no" })
    const letters = lettersOf(destination("a", { excludeRequestData }), parts, refusal, 0)
    assert.strictEqual(letters.size, 1)
    yield* deadLetters.append([...letters.values()])
  }
  assert.strictEqual((yield* deadLetters.list({}, 100)).length, leaky(CANARY).length)
  return found(directory)
})

const inFiles = (excludeRequestData: boolean) =>
  Effect.flatMap(temporaryDirectory, (directory) =>
    bury(directory, excludeRequestData).pipe(
      Effect.provide(SqliteDeadLetters.layer({ directory }), { local: true }),
      Effect.map((whileOpen) => [...whileOpen, ...found(directory)])
    )
  )

it.effect("request data that a destination must not see does not lie in its dead letters", () =>
  Effect.gen(function* () {
    assert.isAbove((yield* inFiles(false)).length, 0, "it would be found")
    assert.deepStrictEqual(yield* inFiles(true), [])
  })
)

/**
 * Two providers that stream at a reader's pace: one fails now and then, never twice in a row, the other does as its
 * models are called: node fakeProviders.ts.
 */
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import type { Fault } from "../../src/layers/fake/provider/Fault.ts"
import { runProgram } from "../../src/programs/runProgram.ts"

/** By turns what is tried again, and what only another target can help. */
const FAULTS: ReadonlyArray<Fault> = ["503", "404", "reset-before-head", "401", "429"]
const FAULT_EVERY = "500 millis"
/** Calls between two faults at the least: the second try, or target, is to be let through. */
const SOUND_CALLS = 10
/** Of a prompt, said back. */
const SAID_BACK = 20_000

const style = { text: (prompt: string) => prompt.slice(0, SAID_BACK), chunks: 20, firstTokenMs: 10, tokenMs: 5 }
const provider = FakeProvider.layer({ keep: 0, style })

const serve = Effect.gen(function* () {
  const flaky = yield* FakeProvider
  const steady = Context.get(yield* Layer.build(Layer.fresh(provider)), FakeProvider)
  yield* Console.log(`providers listening on ${flaky.port} and ${steady.port}`)
  for (let turn = 0; ; turn++) {
    const calls = flaky.requestCount()
    flaky.script.next(FAULTS[turn % FAULTS.length] ?? "ok")
    do yield* Effect.sleep(FAULT_EVERY)
    while (flaky.requestCount() < calls + SOUND_CALLS)
  }
})

runProgram(Effect.scoped(Effect.provide(serve, provider)))

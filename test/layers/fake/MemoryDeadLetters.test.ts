import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { layer, MemoryDeadLetters } from "../../../src/layers/fake/MemoryDeadLetters.ts"
import { DeadLetters } from "../../../src/services/export/DeadLetters.ts"
import { deadLettersContract, letter } from "../../contracts/deadLetters.ts"

deadLettersContract("MemoryDeadLetters", (maxBytes) => layer({ maxBytes }))

it.effect("broken, it fails; mended, it has what it had", () =>
  Effect.gen(function* () {
    const deadLetters = yield* DeadLetters
    const { setBroken } = yield* MemoryDeadLetters
    yield* deadLetters.append([letter(1)])
    setBroken(true)
    assert.strictEqual((yield* Effect.flip(deadLetters.append([letter(2)])))._tag, "DeadLettersUnavailable")
    setBroken(false)
    assert.strictEqual((yield* deadLetters.list({}, 10)).length, 1)
  }).pipe(Effect.provide(layer({ maxBytes: 100 })))
)

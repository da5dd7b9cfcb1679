import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/testing/TestClock"
import { StoreUnavailable } from "../../../src/services/store/StoreUnavailable.ts"
import { tellTrouble } from "../../../src/services/store/tellTrouble.ts"

const ERROR = "ERROR the database of configuration cannot be written"
const INFO = "INFO the database of configuration can be written again"

const setUp = () => {
  const said: Array<string> = []
  const logging = Logger.layer([
    Logger.make(({ logLevel, message }) => void said.push(`${logLevel.toUpperCase()} ${[message].flat()[0]}`))
  ])
  const told = tellTrouble("written")
  return {
    said,
    works: told(Effect.void).pipe(Effect.provide(logging)),
    fails: Effect.exit(
      told(Effect.fail(new StoreUnavailable({ store: "configuration", cause: new Error("full") })))
    ).pipe(Effect.provide(logging))
  }
}

describe("trouble with the database", () => {
  it.effect("is told once while some calls work and others do not, and its end once all do", () =>
    Effect.gen(function* () {
      const { fails, said, works } = setUp()
      yield* works
      for (let i = 0; i < 20; i++) {
        yield* fails
        yield* TestClock.adjust("3 seconds")
        yield* works
      }
      assert.deepStrictEqual(said, [ERROR])
      yield* TestClock.adjust("7 seconds")
      yield* works
      yield* works
      assert.deepStrictEqual(said, [ERROR, INFO])
      yield* fails
      assert.deepStrictEqual(said, [ERROR, INFO, ERROR])
    })
  )

  it.effect("is told anew after it was over, also when nobody called to see it over", () =>
    Effect.gen(function* () {
      const { fails, said, works } = setUp()
      yield* fails
      yield* works
      yield* TestClock.adjust("1 hour")
      yield* fails
      assert.deepStrictEqual(said, [ERROR, ERROR])
    })
  )

  it.effect("is told once however long it lasts", () =>
    Effect.gen(function* () {
      const { fails, said } = setUp()
      for (let i = 0; i < 5; i++) {
        yield* fails
        yield* TestClock.adjust("1 hour")
      }
      assert.deepStrictEqual(said, [ERROR])
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as PostgresRevisionLog from "../../../src/layers/postgres/PostgresRevisionLog.ts"
import { RevisionLog } from "../../../src/services/store/RevisionLog.ts"
import { put, revisionOn } from "../../contracts/revisions.ts"
import { PASSWORD, sharedPostgres } from "../../postgres/PostgresServer.ts"

const postgres = sharedPostgres()

/** What is logged, and when something is for the first time. */
const listening = () => {
  const said: Array<string> = []
  const first = Latch.makeUnsafe()
  const logger = Logger.make(({ message }) => {
    said.push(String(message))
    Latch.openUnsafe(first)
  })
  return { said, first, layer: Logger.layer([logger]) }
}

const open = (url: Redacted.Redacted) =>
  Effect.map(Layer.build(Layer.fresh(PostgresRevisionLog.patientLayer({ url }))), Context.get(RevisionLog))

describe("a program that starts while PostgreSQL is away", () => {
  it.live("waits for it, says so without the password, and serves when it is there", () => {
    const { first, layer, said } = listening()
    return Effect.gen(function* () {
      const server = yield* postgres
      const url = yield* server.database
      yield* server.kill
      const opening = yield* Effect.forkScoped(open(url))
      yield* Latch.await(first)
      yield* server.start
      const log = yield* Fiber.join(opening)
      assert.strictEqual(yield* log.append(revisionOn(0, [put("a")])), 1)
      assert.include(said[0], "the database of configuration cannot be reached, and is waited for")
      assert.include(said[0], "ConnectionError")
      assert.strictEqual(said.at(-1), "the database of configuration can be reached")
      assert.notInclude(said.join(), PASSWORD)
    }).pipe(Effect.provide(layer))
  })

  it.live("waits for nothing where its URL is wrong, and says nothing where nothing is", () => {
    const { layer, said } = listening()
    return Effect.gen(function* () {
      const error = yield* Effect.flip(open(Redacted.make(`mysql://spangate:${PASSWORD}@127.0.0.1/x`)))
      assert.strictEqual(error._tag, "InvalidPostgresUrl")
      yield* open(yield* (yield* postgres).database)
      assert.deepStrictEqual(said, [])
    }).pipe(Effect.provide(layer))
  })
})

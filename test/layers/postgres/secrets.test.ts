import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as PostgresRevisionLog from "../../../src/layers/postgres/PostgresRevisionLog.ts"
import { RevisionLog } from "../../../src/services/store/RevisionLog.ts"
import { put, revisionOn } from "../../contracts/revisions.ts"
import { connectTo } from "../../postgres/connectTo.ts"
import { PASSWORD, sharedPostgres } from "../../postgres/PostgresServer.ts"

const postgres = sharedPostgres()

/** All that a log or a debugger would show of it. */
const shown = (error: { readonly message: string; readonly cause?: unknown }) =>
  [error.message, String(error.cause), inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error)].join(
    "\n"
  )

const openError = (url: string) =>
  Effect.flip(Layer.build(Layer.fresh(PostgresRevisionLog.layer({ url: Redacted.make(url) }))))

describe("the password of PostgreSQL", () => {
  it.live("stands in no message, whatever is wrong with the URL or the server", () =>
    Effect.gen(function* () {
      const right = Redacted.value(yield* (yield* postgres).database)
      const wrong = (change: (url: URL) => void) => {
        const url = new URL(right)
        change(url)
        return url.href
      }
      const cases: ReadonlyArray<readonly [url: string, tag: string, says: string]> = [
        [wrong((url) => (url.password = `${PASSWORD}-wrong`)), "StoreUnavailable", "AuthenticationError (28P01)"],
        [wrong((url) => (url.port = "1")), "StoreUnavailable", "ConnectionError (ECONNREFUSED)"],
        [wrong((url) => (url.pathname = "/nowhere")), "StoreUnavailable", "UnknownError (3D000)"],
        [wrong((url) => url.searchParams.set("sslmode", "require")), "StoreUnavailable", "ConnectionError"],
        [wrong((url) => url.searchParams.set("sslmode", PASSWORD)), "InvalidPostgresUrl", "has an sslmode"],
        [`postgres://spangate:${PASSWORD}#@127.0.0.1/x`, "InvalidPostgresUrl", "is no URL"],
        [`postgres://spangate:${PASSWORD}%zz@127.0.0.1/x`, "StoreUnavailable", "ConnectionError"],
        [`mysql://spangate:${PASSWORD}@127.0.0.1/x`, "InvalidPostgresUrl", "does not begin with postgres://"],
        [PASSWORD, "InvalidPostgresUrl", "is no URL"]
      ]
      for (const [url, tag, says] of cases) {
        const error = yield* openError(url)
        assert.strictEqual(error._tag, tag, says)
        assert.include(`${error.message} ${String(error.cause)}`, says)
        assert.notInclude(shown(error), PASSWORD, says)
      }
    })
  )

  it.live("stands in neither log; and no value stands in a message, when the database refuses a statement", () => {
    const said: Array<string> = []
    const listening = Logger.layer([Logger.make((entry) => void said.push(inspect(entry.message)))])
    return Effect.gen(function* () {
      const server = yield* postgres
      const url = yield* server.database
      const context = yield* Layer.build(Layer.fresh(PostgresRevisionLog.layer({ url })))
      const log = Context.get(context, RevisionLog)
      yield* log.append(revisionOn(0, [put("a")]))
      const sql = yield* connectTo(url)
      yield* sql`ALTER TABLE spangate.entity_versions ADD CHECK (body NOT LIKE '%sealed-by-nobody%')`
      const refused = yield* Effect.flip(log.append(revisionOn(1, [put("named-value", "sealed-by-nobody")])))
      assert.strictEqual(refused._tag, "StoreUnavailable")
      assert.include(String(refused.cause), "ConstraintError (23514)")
      for (const value of [PASSWORD, "named-value", "sealed-by-nobody"]) {
        assert.notInclude(shown(refused), value)
      }
      assert.strictEqual(yield* log.head, 1)

      yield* server.kill
      while (!said.join().includes("cannot be reached now")) yield* Effect.sleep("10 millis")
      for (const value of [PASSWORD, "named-value", "sealed-by-nobody"]) assert.notInclude(said.join(), value)
      assert.notInclude(server.log(), PASSWORD)
    }).pipe(Effect.provide(listening), Effect.provideService(References.MinimumLogLevel, "All"))
  })
})

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { assertAll, assertNone, storedBelow } from "../canaries/search.ts"
import { ask } from "../e2e/kit/ask.ts"
import { world } from "../e2e/kit/world.ts"
import { MASTER_KEY } from "../nats-e2e/kit/fleet.ts"
import { PASSWORD } from "../postgres/PostgresServer.ts"
import { rowsIn } from "./kit/clickHouseRows.ts"
import { converse, PROMPT } from "./kit/conversation.ts"
import { secrets, secretWords, teamDocument } from "./kit/document.ts"
import { CLICKHOUSE_PASSWORD, clickHouse, clickHouseUrl, dumpOf, installation, natsLog } from "./kit/installation.ts"
import { spangateAt } from "./kit/spangate.ts"
import { SECOND, until } from "./kit/until.ts"

it.live(
  "an installation in parts: the same sequence over PostgreSQL, ClickHouse and NATS; and no secret is to be found",
  () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const middleware = yield* FakeMiddleware
      const engine = yield* clickHouse
      const traces = engine.url()
      const { directory, fleet, nats, postgres, postgresUrl } = yield* installation({
        SPANGATE_CLICKHOUSE_URL: clickHouseUrl(traces)
      })
      const programs = yield* fleet.all([
        ["control-plane", "c1"],
        ["control-plane", "c2"],
        ["gateway", "g1"],
        ["gateway", "g2"],
        ["exporter", "e1"]
      ])
      const [c1, c2, g1, g2, exporter] = programs
      const spangate = spangateAt(c1.url, secrets.admin)
      const other = spangateAt(c2.url, secrets.admin)
      const statuses = (token: string, model: string) =>
        Effect.forEach([g1, g2], ({ url }) => Effect.map(ask(url, { token, model }), ({ status }) => status), {
          concurrency: 2
        })
      const all = (status: number) => (statuses: ReadonlyArray<number>) => statuses.every((one) => one === status)

      const file = join(directory, "team.yaml")
      writeFileSync(file, teamDocument({ provider, middleware }))
      assert.match(yield* spangate.ok("apply", "-f", file, "--yes"), /, as revision 1\n$/)
      yield* until("the file on both pods", statuses(secrets.access, "team/chat"), all(200), 5)

      for (const { url } of [g1, g2]) {
        const traceId = yield* converse(url, "team/chat")
        yield* until("the trace stored", spangate.run("traces", "get", traceId), ({ code }) => code === 0)
        assert.include(yield* spangate.ok("traces", "get", traceId), "team/chat → team/echo")
        assert.include(yield* other.ok("traces", "get", "--json", traceId), PROMPT)
        assert.strictEqual((yield* middleware.untilTrace(traceId, 4)).length, 4)
      }

      yield* until("the fleet", spangate.run("status"), ({ code }) => code === 0, 10)
      const status = yield* spangate.ok("status")
      assert.strictEqual(status.match(/^gateway .* 1 /gm)?.length, 2)
      assert.strictEqual(status.match(/^exporter .* 1 /gm)?.length, 1)
      assert.match(status, /^middleware +healthy /m)

      const exported = join(directory, "export.yaml")
      yield* spangate.ok("export", "-o", exported)
      assert.match(
        yield* spangate.ok("apply", "-f", exported, "--yes", "--prune"),
        /^Nothing to change: revision 1 says the same\n$/
      )

      const token = (yield* spangate.ok("token", "create", "--subject", "user:bob", "--model", "team/*")).trim()
      assert.isBelow(yield* until("the new token on both pods", statuses(token, "team/echo"), all(200)), SECOND)
      const [, id = ""] = /^([0-9a-f]{16}) +user:bob /m.exec(yield* spangate.ok("token", "list")) ?? []
      yield* other.ok("token", "revoke", id)
      assert.isBelow(yield* until("the revoked token on both pods", statuses(token, "team/echo"), all(401)), SECOND)

      for (const program of programs) {
        program.signal("SIGKILL")
        yield* program.ended
      }
      const words = [
        ...secretWords,
        ["made", token],
        ["master key", MASTER_KEY],
        ["PostgreSQL's password", PASSWORD],
        ["ClickHouse's password", CLICKHOUSE_PASSWORD]
      ] as const
      const dump = dumpOf(postgresUrl)
      assert.include(dump, "team/chat")
      assertNone("a dump of PostgreSQL", dump, words)
      assert.include(postgres.log(), "team/chat")
      assertNone("PostgreSQL's log", postgres.log(), words)
      const rows = yield* rowsIn(traces)
      assertAll("ClickHouse", rows, [["prompt", PROMPT]])
      assertNone("ClickHouse", rows, words)
      assertNone("NATS' log", natsLog(nats), words)
      assertNone("the directories of the programs and of NATS", storedBelow(directory, /\/(?!team\.yaml)[^/]+$/), words)
      assertNone("what NATS keeps", storedBelow(nats.directory), words)
      for (const [name, { stderr, stdout }] of Object.entries({ c1, c2, g1, g2, exporter })) {
        assertNone(`what ${name} says`, stdout() + stderr(), words)
      }
      assertNone("what the command line says", (spangate.said() + other.said()).replaceAll(token, ""), words)
    }).pipe(Effect.provide(world)),
  120_000
)

import { execFileSync } from "node:child_process"
import { readFileSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { ask } from "../e2e/kit/ask.ts"
import { configuration, configure } from "../e2e/kit/configuration.ts"
import { serving } from "../e2e/kit/Program.ts"
import { temporaryDirectory } from "../e2e/kit/temporaryDirectory.ts"
import { world } from "../e2e/kit/world.ts"
import { postgresPrograms } from "../postgres/postgresPrograms.ts"
import { type Api, apiAt, headOf } from "./kit/api.ts"
import { secrets } from "./kit/document.ts"
import { dumpOf, installation } from "./kit/installation.ts"
import { controlUrlOf } from "./kit/listening.ts"
import { until } from "./kit/until.ts"

const page = readFileSync(new URL("../../docs/control-plane.md", import.meta.url), "utf8")

/** The page's own words, so that they stay true. */
const [, anew = ""] = /```sql\n\s*(UPDATE spangate\.head [^\n]+)\n/.exec(page) ?? []
const [, copied = ""] = /```sh\n\s*node -e '([^\n]+)'\n/.exec(page) ?? []

/** A virtual model of this name, as one more revision. */
const addModel = Effect.fnUntraced(function* (api: Api, name: string) {
  const body = { name, routing: { type: "priority", targets: [{ model: "openai/echo" }] } }
  const { status } = yield* api.put(`/api/config/virtual-model/${encodeURIComponent(name)}`, {
    base: yield* headOf(api),
    body
  })
  assert.strictEqual(status, 200)
})

const inForce = (gateway: string, model: string, expected: number) =>
  until(
    model,
    Effect.map(ask(gateway, { model }), ({ status }) => status),
    (status) => status === expected
  )

it.live(
  "a backup of PostgreSQL is in force again on gateways that have seen later revisions",
  () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const { directory, fleet, postgres, postgresUrl } = yield* installation()
      configure(directory, configuration({ provider: provider.origin, destinations: [] }))
      const [control, gateway] = yield* fleet.all([
        ["control-plane", "c1"],
        ["gateway", "g1"]
      ])
      const api = apiAt(control.url, secrets.admin)
      yield* addModel(api, "before/backup")
      const backup = dumpOf(postgresUrl)
      yield* addModel(api, "after/backup")
      yield* inForce(gateway.url, "after/backup", 200)
      control.signal("SIGTERM")
      yield* control.ended

      const restored = yield* postgres.database
      execFileSync(join(postgresPrograms(), "psql"), ["-qv", "ON_ERROR_STOP=1", "--dbname", Redacted.value(restored)], {
        input: `${backup}\n${anew};\n`
      })
      yield* fleet.run("control-plane", "c1", { SPANGATE_POSTGRES_URL: Redacted.value(restored) })
      yield* inForce(gateway.url, "after/backup", 404)
      yield* inForce(gateway.url, "before/backup", 200)
    }).pipe(Effect.provide(world)),
  120_000
)

it.live("a backup of the embedded database, made while it runs, is what it was", () =>
  Effect.gen(function* () {
    const provider = yield* FakeProvider
    const directory = yield* temporaryDirectory
    configure(directory, configuration({ provider: provider.origin, destinations: [] }))
    const env = { SPANGATE_DATA: ".spangate", SPANGATE_ADMIN_TOKEN: secrets.admin }
    const program = yield* serving({ directory, env })
    const api = apiAt(yield* controlUrlOf(program), secrets.admin)
    yield* addModel(api, "before/backup")
    execFileSync(process.execPath, ["-e", copied], { cwd: directory })
    yield* addModel(api, "after/backup")
    yield* inForce(program.url, "after/backup", 200)
    program.signal("SIGTERM")
    yield* program.ended

    const database = join(directory, ".spangate", "config.db")
    for (const rest of ["-wal", "-shm"]) rmSync(database + rest, { force: true })
    renameSync(join(directory, "config-backup.db"), database)
    const again = yield* serving({ directory, env })
    yield* inForce(again.url, "before/backup", 200)
    yield* inForce(again.url, "after/backup", 404)
  }).pipe(Effect.provide(world))
)

import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { ask } from "../e2e/kit/ask.ts"
import { configFile, configuration, configure } from "../e2e/kit/configuration.ts"
import { serving } from "../e2e/kit/Program.ts"
import { temporaryDirectory } from "../e2e/kit/temporaryDirectory.ts"
import { world } from "../e2e/kit/world.ts"
import { type Api, apiAt, headOf } from "./kit/api.ts"
import { secrets } from "./kit/document.ts"
import { controlUrlOf } from "./kit/listening.ts"
import { SECOND, until } from "./kit/until.ts"

const admin = { SPANGATE_ADMIN_TOKEN: secrets.admin }

const team = (name: string) => ({ name, models: ["openai/*"] })

/** Commits one entity after the other until no answer comes; gives the revisions that were acknowledged, by entity. */
const commitUntilGone = Effect.fnUntraced(function* (api: Api, prefix: string) {
  const acknowledged = new Map<string, number>()
  let base = yield* headOf(api)
  for (let number = 1; ; number++) {
    const name = `${prefix}-${number}`
    const { body, status } = yield* api.put(`/api/config/team/${name}`, { base, body: team(name) })
    if (status !== 200) return acknowledged
    base = Number(body.revision)
    acknowledged.set(name, base)
  }
})

it.live("the file and the dashboard share the configuration; a bad save is refused by line", () =>
  Effect.gen(function* () {
    const provider = yield* FakeProvider
    const directory = yield* temporaryDirectory
    const text = configuration({ provider: provider.origin, destinations: [] })
    configure(directory, text)
    const program = yield* serving({ directory, env: admin })
    const api = apiAt(yield* controlUrlOf(program), secrets.admin)
    const status = (model: string) => Effect.map(ask(program.url, { model }), ({ status }) => status)

    const routing = { type: "priority", targets: [{ model: "openai/echo" }] }
    const own = { base: 1, body: { name: "dashboard/chat", routing } }
    assert.strictEqual((yield* api.put("/api/config/virtual-model/dashboard%2Fchat", own)).status, 200)
    const changed = yield* until("the dashboard's", status("dashboard/chat"), (status) => status === 200)
    assert.isBelow(changed, SECOND)

    const more = configuration({
      provider: provider.origin,
      destinations: [],
      models: ["{ name: newcomer, id: echo }"]
    })
    configure(directory, more)
    const followed = yield* until("the file's", status("openai/newcomer"), (status) => status === 200)
    assert.isBelow(followed, SECOND)
    assert.strictEqual(yield* status("dashboard/chat"), 200)
    const { body: revisions } = yield* api.get("/api/revisions?limit=10")
    assert.include(JSON.stringify(revisions), '"file spangate.yaml"')

    configure(directory, more.replace("type: weight", "type: wait"))
    const [refused] = yield* program.says(/^.*Configuration refused.*$/m)
    assert.include(refused, `${configFile(directory)}:17:`)
    assert.include(refused, "virtualModels[0].routing.type")
    assert.strictEqual(yield* headOf(api), 3)
    for (const model of ["dashboard/chat", "openai/newcomer", "prod/chat"]) {
      assert.strictEqual(yield* status(model), 200, model)
    }

    // What is put right counts as a save like any other.
    configure(directory, text)
    yield* until("the file's", status("openai/newcomer"), (status) => status === 404)
    assert.strictEqual(yield* status("dashboard/chat"), 200)
  }).pipe(Effect.provide(world))
)

it.live("a save while somebody has the database locked waits for it, and no request does", () =>
  Effect.gen(function* () {
    const provider = yield* FakeProvider
    const directory = yield* temporaryDirectory
    configure(directory, configuration({ provider: provider.origin, destinations: [] }))
    const program = yield* serving({ directory, env: admin })
    const api = apiAt(yield* controlUrlOf(program), secrets.admin)
    const other = new DatabaseSync(join(directory, "data", "config.db"))
    other.exec("BEGIN IMMEDIATE")
    const models = ["{ name: newcomer, id: echo }"]
    configure(directory, configuration({ provider: provider.origin, destinations: [], models }))
    const writing = yield* Effect.forkChild(api.post("/api/tokens", { subject: "waits", models: ["*"] }))
    let slowest = 0
    // Longer than it takes to notice the save, and less than a write waits.
    for (const end = performance.now() + 2000; performance.now() < end; ) {
      const began = performance.now()
      assert.strictEqual((yield* ask(program.url)).status, 200)
      assert.strictEqual((yield* api.get("/api/traces?limit=1")).status, 200)
      slowest = Math.max(slowest, performance.now() - began)
    }
    assert.isBelow(slowest, 1000)
    other.exec("ROLLBACK")
    other.close()
    const newcomer = Effect.map(ask(program.url, { model: "openai/newcomer" }), ({ status }) => status)
    yield* until("the save", newcomer, (status) => status === 200)
    assert.strictEqual((yield* Fiber.join(writing)).status, 201)
  }).pipe(Effect.provide(world))
)

it.live("a program killed while it commits has every acknowledged revision after its restart", () =>
  Effect.gen(function* () {
    const provider = yield* FakeProvider
    const directory = yield* temporaryDirectory
    configure(directory, configuration({ provider: provider.origin, destinations: [] }))
    for (const prefix of ["one", "two", "three"]) {
      const program = yield* serving({ directory, env: admin })
      const api = apiAt(yield* controlUrlOf(program), secrets.admin)
      const committing = yield* Effect.forkChild(commitUntilGone(api, prefix))
      yield* until("some commits", api.get(`/api/config/team/${prefix}-10`), ({ status }) => status === 200)
      program.signal("SIGKILL")
      yield* program.ended
      const acknowledged = yield* Fiber.join(committing)
      assert.isAtLeast(acknowledged.size, 10)

      const again = yield* serving({ directory, env: admin })
      const { body } = yield* apiAt(yield* controlUrlOf(again), secrets.admin).get("/api/config")
      const there = new Map<string, number>(
        body.entities.map(({ name, revision }: { name: string; revision: number }) => [name, revision])
      )
      for (const [name, revision] of acknowledged) assert.strictEqual(there.get(name), revision, name)
      again.signal("SIGTERM")
      assert.deepStrictEqual(yield* again.ended, { code: 0, signal: null })
    }
  }).pipe(Effect.provide(world))
)

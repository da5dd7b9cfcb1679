import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { ask } from "../e2e/kit/ask.ts"
import { configuration, configure } from "../e2e/kit/configuration.ts"
import { serving } from "../e2e/kit/Program.ts"
import { temporaryDirectory } from "../e2e/kit/temporaryDirectory.ts"
import { world } from "../e2e/kit/world.ts"
import { apiAt } from "./kit/api.ts"
import { secrets } from "./kit/document.ts"
import { controlUrlOf } from "./kit/listening.ts"
import { until } from "./kit/until.ts"

it.live("a back office that dies brings its control plane back on the same port, with every trace and revision", () =>
  Effect.gen(function* () {
    const provider = yield* FakeProvider
    const directory = yield* temporaryDirectory
    configure(directory, configuration({ provider: provider.origin, destinations: [] }))
    const program = yield* serving({
      directory,
      entry: new URL("./programs/mortalBackOffice.ts", import.meta.url),
      env: { SPANGATE_ADMIN_TOKEN: secrets.admin }
    })
    const api = apiAt(yield* controlUrlOf(program), secrets.admin)
    const stored = (traceId: string) =>
      until("the trace stored", api.get(`/api/traces/${traceId}`), ({ status }) => status === 200)
    const put = (base: number, name: string) =>
      api.put(`/api/config/team/${name}`, { base, body: { name, models: ["openai/*"] } })

    const before = (yield* ask(program.url)).traceId
    yield* stored(before)
    assert.strictEqual((yield* put(1, "first")).body.revision, 2)

    program.signal("SIGUSR2")
    yield* program.says(/The back office stopped; starting it again/)
    const during = (yield* ask(program.url)).traceId
    yield* until(
      "the control plane",
      api.get("/api/config"),
      ({ body, status }) => status === 200 && body.revision === 2
    )
    assert.strictEqual((yield* put(2, "second")).body.revision, 3)
    yield* stored(before)
    yield* stored(during)
    const { members, revision } = (yield* api.get("/api/status")).body
    assert.strictEqual(revision, 3)
    assert.deepStrictEqual(
      members.map(({ role }: { readonly role: string }) => role),
      ["gateway", "exporter"]
    )
    assert.strictEqual(program.stderr(), "")
  }).pipe(Effect.provide(world))
)

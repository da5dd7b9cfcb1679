import { createHash } from "node:crypto"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { ask, get } from "../e2e/kit/ask.ts"
import { configuration, configure, destination, sha256, TOKEN } from "../e2e/kit/configuration.ts"
import { metricsOf } from "../e2e/kit/metrics.ts"
import { temporaryDirectory } from "../e2e/kit/temporaryDirectory.ts"
import { world } from "../e2e/kit/world.ts"
import { natsServer } from "../layers/nats/server.ts"
import { MASTER_KEY, makeFleet } from "./kit/fleet.ts"

const OTHER = "sg-another-access-token"
const tokens = (...all: ReadonlyArray<string>) =>
  `tokens: [${all.map((token) => `{ subject: "user:${createHash("md5").update(token).digest("hex")}", sha256: ${sha256(token)}, models: ["*"] }`).join(", ")}]`

/** Until both pods answer so; gives how long that took. */
const untilBoth = (urls: ReadonlyArray<string>, holds: (url: string) => Effect.Effect<boolean>) =>
  Effect.gen(function* () {
    const began = performance.now()
    yield* Effect.repeat(Effect.forEach(urls, holds, { concurrency: urls.length }), {
      schedule: Schedule.spaced("10 millis"),
      until: (all) => all.every(Boolean)
    })
    return performance.now() - began
  })

it.live(
  "a revoked token and a changed route hold on every pod within a second; a pod restarted without NATS still serves",
  () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const middleware = yield* FakeMiddleware
      const directory = yield* temporaryDirectory
      const destinations = [destination(middleware)]
      const write = (access: string, models: ReadonlyArray<string> = []) =>
        configure(directory, configuration({ provider: provider.origin, destinations, access, models }))
      write(tokens(TOKEN, OTHER))
      const server = yield* natsServer()
      const fleet = makeFleet({ directory, servers: [server] })
      const [control, g1, g2] = yield* fleet.all([
        ["control-plane", "control"],
        ["gateway", "g1"],
        ["gateway", "g2"]
      ])
      const urls = [g1.url, g2.url]
      const status = (url: string, token: string, model = "openai/echo") =>
        Effect.map(ask(url, { token, model }), (answer) => answer.status)
      for (const url of urls) {
        assert.strictEqual(yield* status(url, OTHER), 200)
        assert.match((yield* get(`${url}/health/ready`)).text, /^ok\nconfiguration \d+ from NATS\n$/)
      }

      write(tokens(TOKEN))
      const revoked = yield* untilBoth(urls, (url) => Effect.map(status(url, OTHER), (code) => code === 401))
      assert.isBelow(revoked, 1000)

      assert.strictEqual(yield* status(g1.url, TOKEN, "openai/newcomer"), 404)
      write(tokens(TOKEN), ["{ name: newcomer, id: echo }"])
      const routed = yield* untilBoth(urls, (url) =>
        Effect.map(status(url, TOKEN, "openai/newcomer"), (code) => code === 200)
      )
      assert.isBelow(routed, 1000)

      yield* server.kill
      for (const pod of [g1, control]) {
        pod.signal("SIGKILL")
        yield* pod.ended
      }
      const again = yield* fleet.run("gateway", "g1")
      assert.strictEqual(yield* status(again.url, TOKEN, "openai/newcomer"), 200)
      assert.strictEqual(yield* status(again.url, OTHER), 401)
      assert.match(
        (yield* get(`${again.url}/health/ready`)).text,
        /^ok\nconfiguration \d+ from disk: NATS has given none since the start\n$/
      )
      assert.strictEqual((yield* metricsOf(again.url)).sum("spangate_config_from_disk"), 1)

      yield* server.start
      const home = yield* untilBoth([again.url], (url) =>
        Effect.map(metricsOf(url), ({ sum }) => sum("spangate_config_from_disk") === 0)
      )
      assert.isBelow(home, 5000)

      const wrong = yield* fleet.launch("gateway", "g3", {
        SPANGATE_MASTER_KEY: MASTER_KEY.replace("canary", "carany")
      })
      assert.strictEqual((yield* wrong.ended).code, 1)
      assert.match(wrong.stderr(), /^SPANGATE_MASTER_KEY does not open the configuration in NATS \(\d+ of its entries/)
      const none = yield* fleet.launch("exporter", "e3", { SPANGATE_MASTER_KEY: "" })
      assert.strictEqual((yield* none.ended).code, 1)
      assert.match(none.stderr(), /^SPANGATE_MASTER_KEY is not set/)
    }).pipe(Effect.provide(world)),
  60_000
)

it.live("NATS that comes back with an empty disk is given the configuration again", () =>
  Effect.gen(function* () {
    const provider = yield* FakeProvider
    const directory = yield* temporaryDirectory
    configure(directory, configuration({ provider: provider.origin, destinations: [] }))
    const server = yield* natsServer()
    const fleet = makeFleet({ directory, servers: [server] })
    const [g1] = yield* fleet.all([
      ["gateway", "g1"],
      ["control-plane", "control"]
    ])
    yield* server.kill
    rmSync(join(server.directory, "store"), { recursive: true })
    yield* server.start
    const g2 = yield* fleet.run("gateway", "g2")
    for (const { url } of [g1, g2]) assert.strictEqual((yield* ask(url)).status, 200)
  }).pipe(Effect.provide(world))
)

import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { ask, get } from "../e2e/kit/ask.ts"
import { configuration, configure, TOKEN } from "../e2e/kit/configuration.ts"
import { world } from "../e2e/kit/world.ts"
import { proxyTo } from "../layers/nats/proxy.ts"
import { apiAt, headOf } from "./kit/api.ts"
import { secrets } from "./kit/document.ts"
import { installation } from "./kit/installation.ts"
import { SECOND, until } from "./kit/until.ts"

it.live(
  "a committed change reaches the gateways within a second, whatever becomes of the control plane that wrote it",
  () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const { directory, fleet, nats } = yield* installation()
      configure(directory, configuration({ provider: provider.origin, destinations: [] }))
      const link = yield* proxyTo(nats.url)
      const behindLink = { SPANGATE_NATS_URL: link.url }
      const [gateway, other] = yield* fleet.all([
        ["gateway", "g1"],
        ["control-plane", "c1"]
      ])
      const cut = yield* fleet.run("control-plane", "c2", behindLink)

      /** Commits a model of a new name, and gives a way to see whether it is in force. */
      const commit = Effect.fnUntraced(function* (url: string, name: string) {
        const api = apiAt(url, secrets.admin)
        const routing = { type: "priority", targets: [{ model: "openai/echo" }] }
        const answer = yield* api.put(`/api/config/virtual-model/${encodeURIComponent(name)}`, {
          base: yield* headOf(api),
          body: { name, routing }
        })
        assert.strictEqual(answer.status, 200, JSON.stringify(answer.body))
      })
      const status = (model: string) => Effect.map(ask(gateway.url, { token: TOKEN, model }), ({ status }) => status)
      const inForce = (model: string) => until(model, status(model), (status) => status === 200)
      const dies = (program: typeof gateway) => {
        program.signal("SIGKILL")
        return program.ended
      }

      // Written where no word gets out.
      link.cut()
      yield* until("the cut", get(`${cut.url}/metrics`), ({ text }) => /^spangate_nats_connected 0$/m.test(text))
      yield* commit(cut.url, "next/cut")
      assert.isBelow(yield* inForce("next/cut"), SECOND)

      // Written by one that dies with the answer, while another lives.
      yield* commit(cut.url, "next/died")
      yield* dies(cut)
      assert.isBelow(yield* inForce("next/died"), SECOND)

      // Nobody else is there, and it never had a way to say it.
      const alone = yield* fleet.run("control-plane", "c2", behindLink)
      yield* dies(other)
      yield* commit(alone.url, "next/alone")
      yield* dies(alone)
      assert.strictEqual(yield* status("next/alone"), 404)
      yield* fleet.run("control-plane", "c1")
      assert.isBelow(yield* inForce("next/alone"), SECOND)
    }).pipe(Effect.provide(world)),
  120_000
)

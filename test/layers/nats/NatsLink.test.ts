import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { NatsLink } from "../../../src/layers/nats/NatsLink.ts"
import { Metrics } from "../../../src/services/metrics/Metrics.ts"
import { linkTo } from "./links.ts"
import { natsServer } from "./server.ts"
import { until } from "./until.ts"

describe("NatsLink", () => {
  it.live("notices a frozen server within seconds, fails what was asked of it, and comes back", () =>
    Effect.gen(function* () {
      const server = yield* natsServer()
      yield* Effect.gen(function* () {
        const link = yield* NatsLink
        yield* link.whenUp
        server.signal("SIGSTOP")
        const began = performance.now()
        const asked = yield* link
          .use((connection) => connection.request("$JS.API.INFO", "", { timeout: 60_000 }))
          .pipe(Effect.flip, Effect.forkChild)
        yield* Fiber.join(asked)
        assert.isBelow(performance.now() - began, 5000)
        assert.isFalse(link.isUp())
        assert.match((yield* Metrics).render(), /^spangate_nats_connected 0$/m)
        server.signal("SIGCONT")
        yield* link.whenUp
        yield* link.use((connection) => connection.request("$JS.API.INFO"))
        assert.match((yield* Metrics).render(), /^spangate_nats_disconnects_total 1$/m)
      }).pipe(Effect.provide(linkTo(server.url), { local: true }))
    })
  )

  it.live("is there before the server is", () =>
    Effect.gen(function* () {
      const server = yield* natsServer()
      yield* server.kill
      yield* Effect.gen(function* () {
        const link = yield* NatsLink
        assert.strictEqual((yield* Effect.flip(link.use(async () => 1))).message, "not connected to NATS")
        yield* server.start
        yield* link.whenUp
        assert.isTrue(link.isUp())
        yield* server.kill
        yield* until(Effect.sync(() => !link.isUp()))
        yield* server.start
        yield* link.whenUp
      }).pipe(Effect.provide(linkTo(server.url), { local: true }))
    })
  )
})

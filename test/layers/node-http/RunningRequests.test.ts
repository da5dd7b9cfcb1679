import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Exchange } from "../../../src/services/gateway/Exchange.ts"
import { client, Handled, withServer } from "./fakeGateway.ts"
import { post } from "./rawClient.ts"

describe("the requests under way", () => {
  describe("a client that leaves", () => {
    const waits = (exchange: Exchange) => Effect.andThen(Effect.ignore(exchange.readBody(1000)), Effect.never)

    for (const [name, leave] of [
      ["with a reset", (c: Effect.Success<typeof client>) => c.socket.resetAndDestroy()],
      ["properly", (c: Effect.Success<typeof client>) => c.socket.destroy()],
      ["by half", (c: Effect.Success<typeof client>) => c.socket.end()]
    ] as const) {
      it.effect(`${name}, interrupts its request`, () =>
        Effect.gen(function* () {
          const handled = yield* Handled
          handled.by(waits)
          const c = yield* client
          c.send(post("{}"))
          const exchange = yield* handled.begun
          assert.isFalse(exchange.clientGone())
          leave(c)
          assert.strictEqual(yield* handled.ended, "interrupted")
          assert.isTrue(exchange.clientGone())
        }).pipe(withServer)
      )

      it.effect(`${name}, in the middle of its body, interrupts its request`, () =>
        Effect.gen(function* () {
          const handled = yield* Handled
          handled.by(waits)
          const c = yield* client
          c.send(post("123456789").slice(0, -4))
          yield* handled.begun
          leave(c)
          assert.strictEqual(yield* handled.ended, "interrupted")
        }).pipe(withServer)
      )
    }

    it.effect("interrupts the requests that it had pipelined behind the first", () =>
      Effect.gen(function* () {
        const handled = yield* Handled
        handled.by(waits)
        const c = yield* client
        const many = 20
        c.send(post("{}").repeat(many))
        const exchanges: Array<Exchange> = []
        for (let i = 0; i < many; i++) exchanges.push(yield* handled.begun)
        c.socket.destroy()
        for (let i = 0; i < many; i++) assert.strictEqual(yield* handled.ended, "interrupted")
        assert.isTrue(exchanges.every((exchange) => exchange.clientGone()))
      }).pipe(withServer)
    )

    it.effect("while its answer is written, harms nobody", () =>
      Effect.gen(function* () {
        const handled = yield* Handled
        handled.by((exchange) =>
          Effect.onInterrupt(Effect.never, () =>
            Effect.sync(() => {
              exchange.onDrain(() => {})
              exchange.write(Buffer.from("x"))
              exchange.end(Buffer.from("x"))
              exchange.end()
            })
          )
        )
        const c = yield* client
        c.send(post("{}"))
        yield* handled.begun
        c.socket.destroy()
        yield* handled.ended
        const next = yield* client
        next.send("GET /health/live HTTP/1.1\r\nhost: g\r\n\r\n")
        yield* next.until(/ok\n$/)
      }).pipe(withServer)
    )
  })
})

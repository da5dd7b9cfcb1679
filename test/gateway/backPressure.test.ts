import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import { GatewayServer } from "../../src/layers/node-http/GatewayServer.ts"
import { post, rawClient } from "../layers/node-http/rawClient.ts"
import type { Connection } from "../layers/undici/rawProvider.ts"
import { Captured, TOKEN } from "./harness.ts"
import { RawProvider, rawGatewayLayer } from "./rawProviderLayer.ts"

const MIB = 1024 * 1024
const TOTAL = 50 * MIB

const frame = `data: {"id":"x","choices":[{"index":0,"delta":{"content":"${"x".repeat(1000)}"},"finish_reason":null}]}\n\n`
/** About 64 KiB of events. */
const piece = Buffer.from(frame.repeat(60))
const END = "data: [DONE]\n\n"

/** A provider that streams as fast as it is let. */
class Flood {
  sent = 0
  readonly stuck = Latch.makeUnsafe()
  private readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
    connection.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
    connection.socket.on("drain", () => this.pump())
    this.pump()
  }

  /** What the operating system has taken off its hands. */
  get taken(): number {
    return this.connection.socket.bytesWritten - this.connection.socket.writableLength
  }

  /** Waits until nothing more is taken: a few looks in a row see the same. */
  get stalled(): Effect.Effect<number> {
    return Effect.gen({ self: this }, function* () {
      yield* this.stuck.await
      let before = -1
      for (let same = 0; same < 3; ) {
        yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 50)))
        same = this.taken === before ? same + 1 : 0
        before = this.taken
      }
      return before
    })
  }

  private pump(): void {
    while (this.sent < TOTAL) {
      this.sent += piece.length
      if (!this.connection.socket.write(piece)) {
        this.stuck.openUnsafe()
        return
      }
    }
    this.connection.socket.end(END)
  }
}

/** A client that has asked for a stream and reads nothing of it. */
const flooded = Effect.gen(function* () {
  const { port } = yield* GatewayServer
  const provider = yield* RawProvider
  const client = yield* rawClient(port)
  client.socket.pause()
  client.send(
    post(
      JSON.stringify({ model: "raw/m", stream: true, messages: [] }),
      `authorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\n`
    )
  )
  const connection = yield* provider.next
  yield* connection.request
  const before = process.memoryUsage().rss
  return { before, client, connection, flood: new Flood(connection) }
})

describe("a client that does not read", () => {
  it.effect("stops the provider, costs little memory, and gets everything once it reads", () =>
    Effect.gen(function* () {
      const { before, client, flood } = yield* flooded
      const taken = yield* flood.stalled
      assert.isBelow(taken, 20 * MIB, "two sockets' buffers are full, and nothing else is")
      assert.isBelow(process.memoryUsage().rss - before, 40 * MIB)
      client.socket.resume()
      yield* client.untilBytes(TOTAL)
      const captured = yield* Captured
      const { header, response } = yield* captured.next
      assert.strictEqual(header.outcome, "completed")
      assert.isTrue(header.stream?.done)
      assert.isAtLeast(header.stream?.bytes ?? 0, TOTAL)
      assert.isAtMost(response.length, MIB, "the trace keeps a part of it")
    }).pipe(Effect.provide(rawGatewayLayer))
  )

  it.effect("and leaves, ends the provider's call", () =>
    Effect.gen(function* () {
      const { client, connection, flood } = yield* flooded
      yield* flood.stalled
      client.socket.destroy()
      yield* connection.gone
      const captured = yield* Captured
      const { header } = yield* captured.next
      assert.strictEqual(header.outcome, "client_disconnected")
      assert.isBelow(flood.taken, 20 * MIB)
    }).pipe(Effect.provide(rawGatewayLayer))
  )
})

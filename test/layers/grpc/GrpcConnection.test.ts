import type { ClientHttp2Session } from "node:http2"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { GrpcConnection } from "../../../src/layers/grpc/GrpcConnection.ts"
import { http2Server, tcpServer } from "../../contracts/delivery/servers.ts"

const connectionTo = (server: string, idleMs: number, patienceMs: number) =>
  Effect.acquireRelease(
    Effect.sync(() => new GrpcConnection(new URL(`http://${server}`), undefined, { idleMs, patienceMs })),
    (connection) => Effect.sync(() => connection.cut())
  )

const heard = (session: ClientHttp2Session, event: "connect" | "close") =>
  Effect.callback<void>((resume) => {
    session.once(event, () => resume(Effect.void))
  })

describe("a connection that was idle", () => {
  it.live("is given up where it leads to nobody", () =>
    Effect.gen(function* () {
      // It would not even hear that the connection is closed.
      const deaf = yield* tcpServer((socket) => socket.pause())
      const connection = yield* connectionTo(deaf, -1, 50)
      const session = connection.session()
      yield* heard(session, "connect")
      assert.strictEqual(connection.session(), session)
      yield* heard(session, "close")
      assert.notStrictEqual(connection.session(), session)
    }).pipe(Effect.scoped)
  )

  it.live("is kept where there is a sign of life", () =>
    Effect.gen(function* () {
      const connection = yield* connectionTo(yield* http2Server(() => {}), -1, 1000)
      const session = connection.session()
      yield* heard(session, "connect")
      const answered = Effect.callback<void>((resume) => {
        session.ping(() => resume(Effect.void))
      })
      assert.strictEqual(connection.session(), session)
      yield* answered
      assert.isFalse(session.closed)
      assert.strictEqual(connection.session(), session)
    }).pipe(Effect.scoped)
  )

  it.live("is asked for none while it is used", () =>
    Effect.gen(function* () {
      const connection = yield* connectionTo(yield* tcpServer(() => {}), 60_000, 0)
      const session = connection.session()
      yield* heard(session, "connect")
      for (let i = 0; i < 3; i++) {
        yield* Effect.sleep("5 millis")
        assert.strictEqual(connection.session(), session)
      }
    }).pipe(Effect.scoped)
  )
})

describe("cutting", () => {
  it.live("ends a connection at once, whatever stage it is at, and the next call makes a new one", () =>
    Effect.gen(function* () {
      const second = yield* http2Server(() => {})
      for (const server of [yield* tcpServer(() => {}), second]) {
        const connection = yield* connectionTo(server, 60_000, 60_000)
        const session = connection.session()
        if (server === second) yield* heard(session, "connect")
        connection.cut()
        assert.isTrue(session.destroyed)
        assert.notStrictEqual(connection.session(), session)
      }
    }).pipe(Effect.scoped)
  )
})

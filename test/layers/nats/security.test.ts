import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type LinkSettings, NatsLink } from "../../../src/layers/nats/NatsLink.ts"
import { ensureStream } from "../../../src/layers/nats/traceStream.ts"
import { Metrics } from "../../../src/services/metrics/Metrics.ts"
import { temporaryDirectory } from "../sqlite/temporaryDirectory.ts"
import { streamSettings } from "./links.ts"
import { operatorMode } from "./operatorMode.ts"
import { type NatsServer, natsServer } from "./server.ts"
import { until } from "./until.ts"

const pem = (name: string): string => fileURLToPath(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url))

const linked = (settings: LinkSettings) =>
  NatsLink.layer(settings, "spangate-test").pipe(Layer.provide(Layer.fresh(Metrics.layer)))

/** Does what a program does first. */
const works = (settings: LinkSettings) =>
  Effect.flatMap(NatsLink, (link) => Effect.andThen(link.whenUp, ensureStream(link, streamSettings()))).pipe(
    Effect.provide(linked(settings), { local: true })
  )

/** Is turned away by the server, which says so in its log, and goes on trying. */
const isTurnedAway = ({ directory }: NatsServer, settings: LinkSettings, words: RegExp) =>
  Effect.gen(function* () {
    const link = yield* NatsLink
    const log = () => readFileSync(join(directory, "log"), "utf8").match(new RegExp(words, "g"))?.length ?? 0
    const before = log()
    yield* until(Effect.sync(() => log() >= before + 2))
    assert.isFalse(link.isUp())
  }).pipe(Effect.provide(linked(settings), { local: true }))

const addressOf = ({ url }: NatsServer): string => url.slice("nats://".length)

describe("the link to NATS", () => {
  it.live("over TLS is made with the authority that issued the server's certificate, and not without", () =>
    Effect.gen(function* () {
      const server = yield* natsServer({
        more: `tls { cert_file: ${JSON.stringify(pem("server"))}, key_file: ${JSON.stringify(pem("server-key"))} }\n`
      })
      const servers = `tls://${addressOf(server)}`
      yield* works({ servers, ca: pem("authority") })
      // A server that speaks TLS is not spoken to without.
      yield* works({ servers: server.url, ca: pem("authority") })
      yield* isTurnedAway(server, { servers }, /TLS handshake error/)
      yield* isTurnedAway(server, { servers, ca: pem("certificate") }, /TLS handshake error/)
    })
  )

  it.live("over TLS wants a certificate of the address that it dials, and of no name", () =>
    Effect.gen(function* () {
      const serverWith = (certificate: string) =>
        natsServer({
          more: `tls { cert_file: ${JSON.stringify(pem(certificate))}, key_file: ${JSON.stringify(pem(`${certificate}-key`))} }\n`
        })
      const byAddress = yield* serverWith("by-address")
      yield* works({ servers: `tls://${addressOf(byAddress)}`, ca: pem("authority") })
      const byName = yield* serverWith("by-name")
      yield* isTurnedAway(
        byName,
        { servers: `tls://${addressOf(byName)}`, ca: pem("authority") },
        /TLS handshake error|Client Closed|TLS/
      )
    })
  )

  it.live("says who it is by user and password, or by a token, before the host", () =>
    Effect.gen(function* () {
      const byUser = yield* natsServer({ more: 'authorization { user: spangate, password: "p@ss/word" }\n' })
      yield* works({ servers: `nats://spangate:p%40ss%2Fword@${addressOf(byUser)}` })
      yield* isTurnedAway(byUser, { servers: `nats://spangate:other@${addressOf(byUser)}` }, /authentication error/)
      yield* isTurnedAway(byUser, { servers: byUser.url }, /authentication error/)
      const byToken = yield* natsServer({ more: "authorization { token: canary-token }\n" })
      yield* works({ servers: `nats://canary-token@${addressOf(byToken)}` })
      yield* isTurnedAway(byToken, { servers: `nats://other@${addressOf(byToken)}` }, /authentication error/)
    })
  )

  it.live("says who it is by a .creds file, whose key never leaves", () =>
    Effect.gen(function* () {
      const { config, creds, strangerCreds } = operatorMode()
      const server = yield* natsServer({ more: config })
      const directory = yield* temporaryDirectory
      const file = (name: string, text: string) => {
        writeFileSync(join(directory, name), text)
        return join(directory, name)
      }
      yield* works({ servers: server.url, credentials: file("ours.creds", creds) })
      yield* isTurnedAway(
        server,
        { servers: server.url, credentials: file("stranger.creds", strangerCreds) },
        /authentication error|Account fetch failed|not found/
      )
    })
  )

  it.live("is refused at the start where a file that it needs is not there", () =>
    Effect.gen(function* () {
      for (const settings of [{ ca: "/nowhere/ca.pem" }, { credentials: "/nowhere/x.creds" }]) {
        const error = yield* Effect.flip(works({ servers: "nats://127.0.0.1:9", ...settings }))
        assert.match(error.message, /no such file/)
      }
    })
  )
})

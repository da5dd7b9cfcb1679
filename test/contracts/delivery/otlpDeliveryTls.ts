import type { TlsOptions } from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import type { Destination } from "../../../src/services/config/CompiledConfig.ts"
import { deliveringSink, type Open } from "./deliveringSink.ts"
import { pem, tlsFront } from "./servers.ts"
import type { Transport } from "./Transport.ts"
import { agrees, SOME_REASON, type Verdict, verdictOf } from "./Verdict.ts"

interface Case {
  readonly name: string
  readonly server: TlsOptions
  readonly entry: Partial<Destination>
  /** The server's name in the endpoint; an address without. */
  readonly host?: string
  readonly verdict: Verdict
}

const delivered: Verdict = { accepted: { rejectedSpans: 0 } }

const server = { cert: pem("server"), key: pem("server-key") }
const askingServer = { ...server, ca: pem("authority"), requestCert: true, rejectUnauthorized: true }
const client = { clientCertificate: pem("client"), clientKey: Redacted.make(pem("client-key")) }
const stranger = { clientCertificate: pem("certificate"), clientKey: Redacted.make(pem("key")) }
const ca = pem("authority")

const CASES: ReadonlyArray<Case> = [
  { name: "a certificate nobody vouches for", server, entry: {}, verdict: { retry: "tls" } },
  { name: "a private authority's certificate, by address", server, entry: { ca }, verdict: delivered },
  { name: "a private authority's certificate, by name", server, entry: { ca }, host: "localhost", verdict: delivered },
  {
    name: "a certificate for a name only, by address",
    server: { cert: pem("by-name"), key: pem("by-name-key") },
    entry: { ca },
    verdict: { retry: "tls" }
  },
  {
    name: "a certificate for an address only, by name",
    server: { cert: pem("by-address"), key: pem("by-address-key") },
    entry: { ca },
    host: "localhost",
    verdict: { retry: "tls" }
  },
  { name: "another authority's certificate", server, entry: { ca: pem("certificate") }, verdict: { retry: "tls" } },
  {
    name: "a client certificate, which the server asks for",
    server: askingServer,
    entry: { ca, ...client },
    verdict: delivered
  },
  {
    name: "no client certificate where the server asks for one",
    server: askingServer,
    entry: { ca },
    verdict: { retry: SOME_REASON }
  },
  {
    name: "a client certificate that the server does not know",
    server: askingServer,
    entry: { ca, ...stranger },
    verdict: { retry: SOME_REASON }
  }
]

/** TLS in front of the fake Middleware, row by row. */
export const otlpDeliveryTls = (open: Open, transport: Transport) =>
  describe("TLS", () => {
    for (const { entry, host, name, server, verdict } of CASES) {
      it.live(name, () =>
        Effect.gen(function* () {
          const middleware = yield* FakeMiddleware
          const front = yield* tlsFront(transport.endpointOf(middleware), server)
          const at = host === undefined ? front : front.replace("127.0.0.1", host)
          const sink = yield* deliveringSink(open, transport.endpointAt(at, "https"), { ...transport.entry, ...entry })
          const found = verdictOf(yield* Effect.result(sink.send(1)))
          assert.isTrue(agrees(found, verdict), `${JSON.stringify(found)} is not ${JSON.stringify(verdict)}`)
          assert.strictEqual(middleware.spans().length, verdict === delivered ? 4 : 0)
        }).pipe(Effect.scoped, Effect.provide(FakeMiddleware.layer({ grpcPort: 0 }), { local: true }))
      )
    }

    it.live("a server that speaks TLS where the endpoint says http", () =>
      Effect.gen(function* () {
        const middleware = yield* FakeMiddleware
        const front = yield* tlsFront(transport.endpointOf(middleware), server)
        const sink = yield* deliveringSink(open, transport.endpointAt(front), transport.entry)
        assert.property(verdictOf(yield* Effect.result(sink.send(1))), "retry")
      }).pipe(Effect.scoped, Effect.provide(FakeMiddleware.layer({ grpcPort: 0 }), { local: true }))
    )
  })

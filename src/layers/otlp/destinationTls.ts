import { X509Certificate } from "node:crypto"
import { createSecureContext } from "node:tls"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Destination } from "../../services/config/CompiledConfig.ts"
import { SinkMisconfigured } from "../../services/export/TraceSink.ts"

/** What a TLS client needs beyond the defaults: certificates are always verified, against `ca` alone where there is one. */
export interface DestinationTls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** An invalid part of a destination's entry, named without its value. */
export const checked = <A>(what: string, make: () => A): Effect.Effect<A, SinkMisconfigured> =>
  Effect.try({ try: make, catch: () => new SinkMisconfigured({ message: `${what} is not valid` }) })

/** Of the destination's entry, once it is known to work: the key must be the certificate's. */
export const destinationTls = Effect.fnUntraced(function* ({
  ca,
  clientCertificate: cert,
  clientKey
}: Destination): Effect.fn.Return<DestinationTls, SinkMisconfigured> {
  if (ca !== undefined) yield* checked("ca", () => new X509Certificate(ca))
  const trust = ca === undefined ? {} : { ca }
  if (cert === undefined && clientKey === undefined) return trust
  if (cert === undefined || clientKey === undefined) {
    return yield* new SinkMisconfigured({ message: "clientCertificate and clientKey go together" })
  }
  const key = Redacted.value(clientKey)
  yield* checked("clientCertificate", () => new X509Certificate(cert))
  yield* checked("clientKey", () => createSecureContext({ cert, key }))
  return { ...trust, cert, key }
})

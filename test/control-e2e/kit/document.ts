import { readFileSync } from "node:fs"
import type { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import type { FakeProvider } from "../../../src/layers/fake/FakeProvider.ts"
import { sha256 } from "../../e2e/kit/configuration.ts"
import { DESTINATION_KEY } from "../../e2e/kit/world.ts"

/** Everything that is to stand nowhere but in the environment, sealed, or hashed. */
export const secrets = {
  provider: "canary-provider-key-2f61",
  providerHeader: "canary-provider-header-88c0",
  destination: DESTINATION_KEY,
  access: "sg-canary-access-token-of-the-file",
  admin: "sga-canary-admin-token-of-the-environment"
}

const pem = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), "utf8")

/** Of a destination that is switched off. */
const clientKey = pem("client-key.pem")

/** A line of it, since a YAML or JSON text has them each in its own way. */
const clientKeyLine = clientKey.split("\n")[1] ?? ""

/** By the names that a finding goes under. */
export const secretWords: ReadonlyArray<readonly [string, string]> = [
  ...Object.entries(secrets),
  ["client key", clientKeyLine]
]

/** A file as an operator applies it: an account at the provider, a virtual model, a token for all, destinations. */
export const teamDocument = ({
  middleware,
  provider
}: {
  readonly provider: FakeProvider["Service"]
  readonly middleware: FakeMiddleware["Service"]
}): string => `
providerAccounts:
  - name: team
    type: openai-compatible
    baseUrl: ${provider.origin}/v1
    apiKey: ${secrets.provider}
    headers: { x-team: ${secrets.providerHeader} }
    models: [{ name: echo, price: { inputPerMillion: 1, outputPerMillion: 2 } }]
virtualModels:
  - name: team/chat
    routing: { type: priority, targets: [{ model: team/echo, priority: 1 }] }
access:
  tokens: [{ subject: "user:alice", teams: [ml], sha256: ${sha256(secrets.access)}, models: ["*"] }]
otel:
  destinations:
    - { name: middleware, endpoint: "${middleware.endpoint}", headers: { Authorization: ${secrets.destination} } }
    - name: mutual
      enabled: false
      endpoint: https://collector.example.com/v1/traces
      clientCertificate: ${JSON.stringify(pem("client.pem"))}
      clientKey: ${JSON.stringify(clientKey)}
`

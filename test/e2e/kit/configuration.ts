import { createHash } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"

/** Of the access token in every configuration here. */
export const TOKEN = "sg-canary-access-token"
export const OPENAI_KEY = "canary-openai-provider-key"
export const ANTHROPIC_KEY = "canary-anthropic-provider-key"

export const sha256 = (token: string): string => createHash("sha256").update(token).digest("hex")

export interface ConfigurationOptions {
  /** Of the fake provider. */
  readonly provider: string
  /** YAML of the list's items. */
  readonly destinations: ReadonlyArray<string>
  /** Further models of the `openai` account, YAML of the list's items. */
  readonly models?: ReadonlyArray<string>
  /** Instead of the one token. */
  readonly access?: string
  /** Further top-level YAML. */
  readonly more?: string
}

/** Two accounts at the fake provider, `openai` and `claude`, a virtual model, one token for all, and these destinations. */
export const configuration = ({ provider, destinations, models = [], access, more = "" }: ConfigurationOptions) => `
resource: { service.name: spangate-e2e }
providerAccounts:
  - name: openai
    type: openai
    baseUrl: ${provider}/v1
    apiKey: ${OPENAI_KEY}
    propagateTraceparent: true
    models: [${["{ name: echo, price: { inputPerMillion: 1, outputPerMillion: 2 } }", ...models].join(", ")}]
  - name: claude
    type: anthropic
    baseUrl: ${provider}
    apiKey: ${ANTHROPIC_KEY}
    models: [{ name: sonnet, id: claude-sonnet }]
virtualModels:
  - name: prod/chat
    routing: { type: weight, targets: [{ model: openai/echo, weight: 1 }, { model: claude/sonnet, weight: 1 }] }
access:
  ${access ?? `tokens: [{ subject: "user:alice", teams: [ml], sha256: ${sha256(TOKEN)}, models: ["*"] }]`}
otel: { destinations: [${destinations.join(", ")}] }
${more}`

/** A destination at a fake Middleware. */
export const destination = (
  { endpoint, key }: { readonly endpoint: string; readonly key: string },
  more = "",
  name = "middleware"
): string => `{ name: ${name}, endpoint: "${endpoint}", headers: { Authorization: "${key}" }${more} }`

export const configFile = (directory: string): string => join(directory, "spangate.yaml")

export const configure = (directory: string, text: string): void => writeFileSync(configFile(directory), text)

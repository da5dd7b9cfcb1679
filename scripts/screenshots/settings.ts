import { createHash } from "node:crypto"

export const ADMIN_TOKEN = "sga-of-maria-in-the-pictures"
export const EDITOR_TOKEN = "sga-of-jonas-in-the-pictures"
export const ACCESS_TOKEN = "sg-of-support-in-the-pictures"
/** The second destination wants another key than it is given. */
export const WRONG_KEY = "the-key-of-last-year"

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

export interface Outside {
  /** Of the fake provider. */
  readonly provider: string
  /** Of the fake Middleware. */
  readonly endpoint: string
  readonly key: string
  /** Of a receiver that refuses the key. */
  readonly refusing: string
}

/** The configuration of a small company. */
export const settings = ({ provider, endpoint, key, refusing }: Outside): string => `
resource: { service.name: spangate, deployment.environment.name: production }
providerAccounts:
  - name: openai
    type: openai
    baseUrl: ${provider}/v1
    apiKey: sk-pictures-of-openai-7d1c
    models:
      - { name: gpt-4o, price: { inputPerMillion: 2.5, outputPerMillion: 10, cachedInputPerMillion: 1.25 } }
      - { name: gpt-4o-mini, price: { inputPerMillion: 0.15, outputPerMillion: 0.6, cachedInputPerMillion: 0.075 } }
      - { name: text-embedding-3-small, price: { inputPerMillion: 0.02 } }
  - name: anthropic
    type: anthropic
    baseUrl: ${provider}
    apiKey: sk-pictures-of-anthropic-02be
    models:
      - { name: claude-sonnet, price: { inputPerMillion: 3, outputPerMillion: 15, cachedInputPerMillion: 0.3 } }
  - name: mistral
    type: openai-compatible
    provider: mistral_ai
    baseUrl: ${provider}/v1
    apiKey: pictures-of-mistral-a94f
    models:
      - { name: mistral-small, price: { inputPerMillion: 0.1, outputPerMillion: 0.3 } }
virtualModels:
  - name: prod/assistant
    routing:
      type: priority
      targets:
        - { model: openai/gpt-4o, retry: { attempts: 1, delayMs: 120 } }
        - { model: anthropic/claude-sonnet }
  - name: prod/classify
    routing:
      type: weight
      targets:
        - { model: openai/gpt-4o-mini, weight: 70 }
        - { model: mistral/mistral-small, weight: 30 }
access:
  tokens:
    - { subject: "app:support", teams: [support], sha256: ${sha256(ACCESS_TOKEN)}, models: ["prod/*"] }
  jwt:
    - { issuer: "https://login.example.com", audience: spangate, jwksUrl: "https://login.example.com/jwks.json", models: ["prod/*"] }
  teams:
    - { name: support, models: ["prod/*"] }
    - { name: data, models: ["openai/*", "mistral/*"] }
  subjects:
    - { subject: "user:alice", teams: [data, support] }
admin:
  tokens:
    - { name: maria, role: admin, sha256: ${sha256(ADMIN_TOKEN)} }
    - { name: jonas, role: editor, sha256: ${sha256(EDITOR_TOKEN)} }
otel:
  destinations:
    - { name: middleware, endpoint: "${endpoint}", headers: { Authorization: "${key}" } }
    - { name: archive, endpoint: "${refusing}", headers: { x-api-key: "${WRONG_KEY}" }, excludeRequestData: true }
`

export interface SampleConfigOptions {
  /** Of the fake provider. */
  readonly origin: string
  /** Of the fake Middleware. */
  readonly endpoint: string
  readonly key: string
  /** Of the access token. */
  readonly sha256: string
  /** Of the admin token. */
  readonly adminSha256: string
}

/** A configuration as a small team might have it: two providers, a virtual model with a fallback, one destination. */
export const sampleConfig = ({
  origin,
  endpoint,
  key,
  sha256,
  adminSha256
}: SampleConfigOptions): string => `# Written by npm run demo.
resource: { service.name: spangate-demo, deployment.environment.name: demo }
providerAccounts:
  - name: openai-main
    type: openai
    baseUrl: ${origin}/v1
    apiKey: demo-openai-key
    models:
      - { name: gpt-4o-mini, price: { inputPerMillion: 0.15, outputPerMillion: 0.6, cachedInputPerMillion: 0.075 } }
      - { name: text-embedding-3-small, price: { inputPerMillion: 0.02 } }
      - { name: unavailable, id: fault-503 }
      - { name: strict, id: fault-400 }
  - name: anthropic-main
    type: anthropic
    baseUrl: ${origin}
    apiKey: demo-anthropic-key
    models:
      - { name: claude-sonnet, price: { inputPerMillion: 3, outputPerMillion: 15, cachedInputPerMillion: 0.3, cacheWritePerMillion: 3.75 } }
virtualModels:
  - name: prod/chat
    routing:
      type: weight
      targets:
        - { model: openai-main/gpt-4o-mini, weight: 70 }
        - { model: anthropic-main/claude-sonnet, weight: 30 }
  - name: prod/resilient
    routing:
      type: priority
      targets:
        - { model: openai-main/unavailable, retry: { attempts: 1, delayMs: 50 } }
        - { model: anthropic-main/claude-sonnet }
access:
  tokens:
    - { subject: "user:demo", teams: [demo], sha256: ${sha256}, models: ["*"] }
admin:
  tokens:
    - { name: demo, role: admin, sha256: ${adminSha256} }
otel:
  destinations:
    - { name: middleware, endpoint: "${endpoint}", headers: { Authorization: "${key}" } }
`

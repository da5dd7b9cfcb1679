/** A document with one of everything, in which every reference leads somewhere. */
export const complete = () => ({
  resource: { "deployment.environment.name": "staging" },
  capture: "metadata",
  providerAccounts: [
    {
      name: "openai-main",
      type: "openai",
      apiKey: "sk-openai",
      models: [
        { name: "gpt-4o-mini", id: "gpt-4o-mini-2024-07-18", price: { inputPerMillion: 0.15, outputPerMillion: 0.6 } },
        { name: "gpt-4o" }
      ]
    },
    {
      name: "claude",
      type: "anthropic",
      apiKey: "sk-ant",
      propagateTraceparent: true,
      timeoutMs: 60_000,
      timeToFirstTokenTimeoutMs: 5000,
      models: [{ name: "sonnet", id: "claude-sonnet-4-5" }]
    },
    { name: "demo", type: "fake", models: [{ name: "echo" }] }
  ],
  virtualModels: [
    {
      name: "prod/chat",
      routing: {
        type: "weight",
        targets: [
          { model: "openai-main/gpt-4o-mini", weight: 70, retry: { attempts: 1 }, fallbackStatusCodes: [500] },
          { model: "claude/sonnet", weight: 30 }
        ]
      }
    }
  ],
  access: {
    tokens: [
      { subject: "user:alice", teams: ["ml"], sha256: "AB".repeat(32), models: ["prod/*", "openai-main/gpt-4o"] }
    ],
    jwt: [
      {
        issuer: "https://idp.acme.io",
        audience: "spangate",
        jwksUrl: "https://idp.acme.io/jwks.json",
        models: ["prod/chat"]
      }
    ]
  },
  otel: {
    destinations: [
      {
        name: "middleware",
        endpoint: "https://acme.middleware.io:443/v1/traces",
        headers: { Authorization: "mw-key" },
        excludeRequestData: true,
        resource: { deployment: "eu-1" }
      }
    ]
  }
})

export const REMOVED = Symbol("removed")

/** Sets, adds or removes what stands at a path such as `virtualModels[0].routing`. */
export const put = (document: object, path: string, value: unknown): void => {
  const steps = path.match(/\[\d+\]|[^.[]+/g)!.map((step) => (step.startsWith("[") ? Number(step.slice(1, -1)) : step))
  let owner = document as { [step: string | number]: unknown }
  for (const step of steps.slice(0, -1)) owner = (owner[step] ??= {}) as typeof owner
  if (value === REMOVED) delete owner[steps.at(-1)!]
  else owner[steps.at(-1)!] = value
}

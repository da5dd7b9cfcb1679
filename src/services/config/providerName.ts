import type { ProviderAccount } from "./GatewayConfig.ts"

// By the end of the host. Names of OpenTelemetry's registry where it has one.
const wellKnownHosts: ReadonlyArray<readonly [host: string, name: string]> = [
  ["api.openai.com", "openai"],
  ["openai.azure.com", "azure.ai.openai"],
  ["api.anthropic.com", "anthropic"],
  ["api.groq.com", "groq"],
  ["api.mistral.ai", "mistral_ai"],
  ["api.deepseek.com", "deepseek"],
  ["api.x.ai", "x_ai"],
  ["api.perplexity.ai", "perplexity"],
  ["generativelanguage.googleapis.com", "gcp.gemini"],
  ["api.cohere.ai", "cohere"],
  ["api.cohere.com", "cohere"],
  ["api.moonshot.ai", "moonshot_ai"],
  ["api.moonshot.cn", "moonshot_ai"],
  ["api.together.xyz", "together"],
  ["api.together.ai", "together"],
  ["openrouter.ai", "openrouter"],
  ["api.fireworks.ai", "fireworks"],
  ["api.cerebras.ai", "cerebras"]
]

/** `gen_ai.provider.name` of an account whose base URL has the given host. */
export const providerName = (account: ProviderAccount, host: string): string => {
  if (account.provider !== undefined) return account.provider
  switch (account.type) {
    case "openai":
    case "anthropic":
    case "fake":
      return account.type
    case "azure-openai":
      return "azure.ai.openai"
    case "openai-compatible":
      return wellKnownHosts.find(([known]) => host === known || host.endsWith(`.${known}`))?.[1] ?? account.name
  }
}

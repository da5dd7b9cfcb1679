/** The HTTP API a client speaks to the gateway: the route it called. */
export type ClientApi = "chat_completions" | "completions" | "embeddings" | "messages" | "responses"

/** The family of HTTP APIs a provider account speaks. */
export type ProviderApi = "openai" | "anthropic"

/** The form of a provider's answer. OpenAI's family has two that have little in common. */
export type Dialect = ProviderApi | "responses"

export const dialectOf = (client: ClientApi, provider: ProviderApi): Dialect =>
  client === "responses" && provider === "openai" ? "responses" : provider

/** `gen_ai.operation.name`, OpenTelemetry GenAI semantic conventions v1.41. */
export type Operation = "chat" | "text_completion" | "embeddings"

/** What `JSON.parse` gives for an object. */
export type JsonObject = { readonly [key: string]: unknown }

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const operationOf = (api: ClientApi): Operation =>
  api === "embeddings" ? "embeddings" : api === "completions" ? "text_completion" : "chat"

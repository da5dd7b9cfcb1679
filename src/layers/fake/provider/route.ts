import { anthropicMessages } from "./anthropicMessages.ts"
import type { Dialect } from "./Dialect.ts"
import { openAiChat } from "./openAiChat.ts"
import { openAiCompletions } from "./openAiCompletions.ts"
import { openAiResponses } from "./openAiResponses.ts"
import type { RecordedRequest } from "./RequestLog.ts"

export interface Route {
  readonly dialect: Dialect
  readonly embeddings: boolean
}

/** By the end of the path, so that `/v1`, Azure's deployments and a base path of one's own all lead here. */
export const routeOf = (path: string): Route | undefined => {
  if (path.endsWith("/chat/completions")) return { dialect: openAiChat, embeddings: false }
  if (path.endsWith("/messages")) return { dialect: anthropicMessages, embeddings: false }
  if (path.endsWith("/completions")) return { dialect: openAiCompletions, embeddings: false }
  if (path.endsWith("/responses")) return { dialect: openAiResponses, embeddings: false }
  if (path.endsWith("/embeddings")) return { dialect: openAiChat, embeddings: true }
  return undefined
}

const keyOf = (record: RecordedRequest): string | undefined => {
  const { authorization, "x-api-key": xApiKey, "api-key": apiKey } = record.headers
  const key = xApiKey ?? apiKey ?? authorization?.replace(/^Bearer /i, "")
  return Array.isArray(key) ? key[0] : key
}

export interface Refusal {
  readonly status: number
  readonly message: string
}

/** Why the provider does not even look at the body. Anthropic wants a key, whatever it is, and a version. */
export const refusalOf = (
  record: RecordedRequest,
  dialect: Dialect,
  apiKey: string | undefined
): Refusal | undefined => {
  if (record.method !== "POST") return { status: 405, message: "Method Not Allowed" }
  const anthropic = dialect === anthropicMessages
  if (!anthropic && apiKey === undefined) return undefined
  const key = keyOf(record)
  if (key === undefined || (apiKey !== undefined && key !== apiKey)) {
    return { status: 401, message: anthropic ? "invalid x-api-key" : "Incorrect API key provided." }
  }
  if (anthropic && record.headers["anthropic-version"] === undefined) {
    return { status: 400, message: "anthropic-version: header is required" }
  }
  return undefined
}

import type { Filters } from "../traces/filters.ts"

type Value = string | number | boolean | ReadonlyArray<string>

const byName = new Map<string, (value: string) => Filters>([
  ["tfy.model.fqn", (model) => ({ model })],
  ["gen_ai.provider.name", (provider) => ({ provider })],
  ["peer.service", (provider) => ({ provider })],
  ["tfy.request.created_by_subject", (subject) => ({ subject })],
  ["tfy.error_type", (errorType) => ({ errorType })],
  ["gen_ai.conversation.id", (conversationId) => ({ conversationId })],
  ["tfy.request.conversation_id", (conversationId) => ({ conversationId })],
  ["gen_ai.response.finish_reasons", (finishReason) => ({ finishReason })]
])

/** The traces that have this attribute too, where the list can be narrowed by it. */
export const filterFor = (name: string, value: Value, ofRoot: boolean): Filters | undefined => {
  const text = Array.isArray(value) ? value[0] : String(value)
  if (text === undefined) return undefined
  // The client's status; an attempt's is only the provider's.
  if (name === "http.response.status_code") return ofRoot ? { status: text } : undefined
  return byName.get(name)?.(text)
}

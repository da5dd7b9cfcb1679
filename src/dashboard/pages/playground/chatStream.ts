/** What a streamed chat completion says, piece by piece. */
export type ChatEvent =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "reasoning"; readonly text: string }
  | { readonly type: "finish"; readonly reason: string }
  | { readonly type: "usage"; readonly inputTokens: number | undefined; readonly outputTokens: number | undefined }
  /** In the middle of a stream that had begun well. */
  | { readonly type: "error"; readonly message: string; readonly code: string | undefined }

/** Reads server-sent events of OpenAI's chat completions as they come, cut anywhere. What is no JSON is passed over. */
export const makeChatReader = () => {
  let rest = ""
  return (chunk: string): ReadonlyArray<ChatEvent> => {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ""
    return lines.flatMap((line) => (line.startsWith("data:") ? eventsOf(line.slice(5).trim()) : []))
  }
}

/** The message of an error answer: the gateway's `{error: {message}}`, or the control plane's problem. */
export const readError = (
  body: string
): { readonly message: string | undefined; readonly code: string | undefined } => {
  const answer = parse(body)
  const error = record(answer["error"])
  return {
    message: text(error["message"]) ?? text(answer["detail"]) ?? text(answer["title"]),
    code: text(error["code"]) ?? text(error["type"])
  }
}

const eventsOf = (data: string): ReadonlyArray<ChatEvent> => {
  const chunk = parse(data)
  const events: Array<ChatEvent> = []
  if (chunk["error"] !== undefined) {
    const { message, code } = readError(data)
    events.push({ type: "error", message: message ?? "The answer broke off.", code })
  }
  const choice = record(Array.isArray(chunk["choices"]) ? chunk["choices"][0] : undefined)
  const delta = record(choice["delta"])
  const reasoning = text(delta["reasoning_content"]) ?? text(delta["reasoning"])
  const content = text(delta["content"]) ?? text(delta["refusal"])
  const reason = text(choice["finish_reason"])
  if (reasoning !== undefined) events.push({ type: "reasoning", text: reasoning })
  if (content !== undefined) events.push({ type: "text", text: content })
  if (reason !== undefined) events.push({ type: "finish", reason })
  const usage = record(chunk["usage"])
  if (Object.keys(usage).length > 0) {
    events.push({
      type: "usage",
      inputTokens: count(usage["prompt_tokens"]),
      outputTokens: count(usage["completion_tokens"])
    })
  }
  return events
}

type Json = Readonly<Record<string, unknown>>

const parse = (source: string): Json => {
  try {
    return record(JSON.parse(source))
  } catch {
    return {}
  }
}

const record = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined)

const count = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined)

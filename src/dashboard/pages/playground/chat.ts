import { signal } from "@preact/signals"

export interface Turn {
  readonly id: number
  readonly role: "user" | "assistant"
  readonly text: string
  readonly reasoning: string
  /** Of an answer. */
  readonly answer?: Answer
}

/** How an answer came. */
export interface Answer {
  readonly state: "waiting" | "streaming" | "done" | "stopped" | "failed"
  readonly error?: { readonly status: number | undefined; readonly message: string; readonly code: string | undefined }
  readonly traceId?: string
  /** `account/model` that answered. */
  readonly resolvedModel?: string
  /** As measured here, from sending. */
  readonly firstTokenMs?: number
  readonly latencyMs?: number
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly finishReason?: string
}

export interface Chat {
  readonly model: string
  readonly system: string
  readonly draft: string
  readonly turns: ReadonlyArray<Turn>
}

const empty: Chat = { model: "", system: "", draft: "", turns: [] }

/** Here and not in the page, so that a look at a trace does not end the conversation. */
export const chat = signal<Chat>(empty)

export const setChat = (changes: Partial<Chat>): void => {
  chat.value = { ...chat.value, ...changes }
}

let last = 0

export const newTurn = (role: Turn["role"], text: string): Turn => ({
  id: ++last,
  role,
  text,
  reasoning: "",
  ...(role === "assistant" ? { answer: { state: "waiting" } } : {})
})

export const updateTurn = (id: number, change: (turn: Turn) => Turn): void =>
  setChat({ turns: chat.peek().turns.map((turn) => (turn.id === id ? change(turn) : turn)) })

/** What goes to the model: answers that failed, and what they were asked, are left out. */
export const messagesOf = ({
  system,
  turns
}: Chat): ReadonlyArray<{ readonly role: string; readonly content: string }> => {
  const kept = turns.filter((turn, index) => {
    const answered = turn.role === "user" ? turns[index + 1] : turn
    return answered?.answer === undefined || (answered.answer.state !== "failed" && answered.text !== "")
  })
  return [
    ...(system.trim() === "" ? [] : [{ role: "system", content: system }]),
    ...kept.map(({ role, text }) => ({ role, content: text }))
  ]
}

import { asProblem } from "../../api/ApiProblem.ts"
import { send } from "../../api/request.ts"
import { session } from "../../app/session.ts"
import { type Answer, chat, messagesOf, newTurn, setChat, type Turn, updateTurn } from "./chat.ts"
import { type ChatEvent, makeChatReader, readError } from "./chatStream.ts"
import { playgroundToken } from "./playgroundToken.ts"

let running: AbortController | undefined

/** Ends the answer that is coming; what came of it stays. */
export const stop = (): void => running?.abort()

/** Sends what is typed, with the conversation so far, and puts the answer into it as it comes. Never fails. */
export const ask = async (): Promise<void> => {
  const { draft, turns } = chat.peek()
  if (draft.trim() === "" || running !== undefined) return
  const before = { ...chat.peek(), turns: [...turns, newTurn("user", draft)] }
  const turn = newTurn("assistant", "")
  setChat({ draft: "", turns: [...before.turns, turn] })
  const abort = new AbortController()
  running = abort
  const start = performance.now()
  try {
    const response = await send("POST", "playground/chat/completions", {
      body: {
        model: before.model,
        messages: messagesOf(before),
        stream: true,
        stream_options: { include_usage: true }
      },
      headers: { "x-spangate-playground-token": playgroundToken.peek()?.token ?? "" },
      signal: abort.signal
    })
    describe(turn.id, response.headers)
    if (response.ok && response.body !== null) await readStream(turn.id, response.body, start)
    else await fail(turn.id, response)
  } catch (cause) {
    if (abort.signal.aborted) note(turn.id, { state: "stopped" })
    else {
      const message = asProblem(cause).message
      note(turn.id, { state: "failed", error: { status: undefined, message, code: undefined } })
    }
  }
  running = undefined
  note(turn.id, { latencyMs: performance.now() - start })
}

const note = (id: number, changes: Partial<Answer>): void =>
  updateTurn(id, (turn) => ({ ...turn, answer: { state: "waiting", ...turn.answer, ...changes } }))

const describe = (id: number, headers: Headers): void => {
  const traceId = headers.get("x-trace-id")
  const resolvedModel = headers.get("x-tfy-resolved-model")
  note(id, { ...(traceId === null ? {} : { traceId }), ...(resolvedModel === null ? {} : { resolvedModel }) })
}

const readStream = async (id: number, body: ReadableStream<Uint8Array<ArrayBuffer>>, start: number): Promise<void> => {
  const read = makeChatReader()
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  const take = (events: ReadonlyArray<ChatEvent>) => {
    if (events.length > 0) updateTurn(id, (turn) => events.reduce((before, event) => add(before, event, start), turn))
  }
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    take(read(value))
  }
  take(read("\n"))
  updateTurn(id, (turn) =>
    turn.answer?.state === "failed" ? turn : { ...turn, answer: { ...turn.answer, state: "done" } }
  )
}

const add = (turn: Turn, event: ChatEvent, start: number): Turn => {
  const answer: Answer = { state: "streaming", ...turn.answer }
  switch (event.type) {
    case "text":
    case "reasoning": {
      const firstTokenMs = answer.firstTokenMs ?? performance.now() - start
      const grown =
        event.type === "text" ? { text: turn.text + event.text } : { reasoning: turn.reasoning + event.text }
      return { ...turn, ...grown, answer: { ...answer, state: "streaming", firstTokenMs } }
    }
    case "finish":
      return { ...turn, answer: { ...answer, finishReason: event.reason } }
    case "usage": {
      const { inputTokens, outputTokens } = event
      return {
        ...turn,
        answer: {
          ...answer,
          ...(inputTokens === undefined ? {} : { inputTokens }),
          ...(outputTokens === undefined ? {} : { outputTokens })
        }
      }
    }
    case "error":
      return {
        ...turn,
        answer: { ...answer, state: "failed", error: { status: undefined, message: event.message, code: event.code } }
      }
  }
}

const fail = async (id: number, response: Response): Promise<void> => {
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json") === true
  const { message, code } = readError(await response.text())
  note(id, {
    state: "failed",
    error: { status: response.status, message: message ?? `The answer is ${response.status}.`, code }
  })
  // The gateway's own 401 is about its token; the control plane's ends the session.
  if (isProblem && response.status === 401) session.value = undefined
}

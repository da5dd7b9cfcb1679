import type { Answer } from "./Dialect.ts"

/** A part of an item that grows by deltas, and the members that name it in its events. */
export interface GrowingPart {
  /** `response.output_text`: what `.delta` and `.done` are put behind. */
  readonly event: string
  /** The events around it, `response.content_part`; arguments have none. */
  readonly frame?: string
  readonly place: { readonly [index: string]: number }
  readonly pieces: ReadonlyArray<string>
  readonly empty?: object
  readonly full?: object
  /** Members of its deltas and of its end, beside the text. */
  readonly delta: object
  readonly done: (text: string) => object
}

export interface OutputItem {
  /** As it is added, without content. */
  readonly bare: { readonly id: string }
  readonly part: GrowingPart
  readonly whole: object
}

const idOf = (kind: string, answer: Answer, index = 0) =>
  `${kind}_fake${String(answer.number).padStart(8, "0")}${index}`

/** What the answer's one choice says, item by item. */
export const outputItems = (answer: Answer): ReadonlyArray<OutputItem> => {
  const reply = answer.replies[0]
  if (reply === undefined) return []
  const items: Array<OutputItem> = []
  if (reply.thinking.length > 0) items.push(reasoning(answer, reply.thinking))
  if (reply.toolCalls.length === 0) {
    items.push(message(answer, reply.tokens, reply.finish === "length" ? "incomplete" : "completed"))
  }
  reply.toolCalls.forEach((call, index) => {
    items.push(functionCall(answer, index, call.name, call.pieces))
  })
  return items
}

const reasoning = (answer: Answer, pieces: ReadonlyArray<string>): OutputItem => {
  const bare = { id: idOf("rs", answer), type: "reasoning", summary: [] }
  const part = (text: string) => ({ type: "summary_text", text })
  const full = part(pieces.join(""))
  return {
    bare,
    part: {
      event: "response.reasoning_summary_text",
      frame: "response.reasoning_summary_part",
      place: { summary_index: 0 },
      pieces,
      empty: part(""),
      full,
      delta: {},
      done: (text) => ({ text })
    },
    whole: { ...bare, summary: [full] }
  }
}

const message = (answer: Answer, pieces: ReadonlyArray<string>, status: string): OutputItem => {
  const bare = { id: idOf("msg", answer), type: "message", status: "in_progress", role: "assistant", content: [] }
  const part = (text: string) => ({ type: "output_text", annotations: [], logprobs: [], text })
  const full = part(pieces.join(""))
  return {
    bare,
    part: {
      event: "response.output_text",
      frame: "response.content_part",
      place: { content_index: 0 },
      pieces,
      empty: part(""),
      full,
      delta: { logprobs: [] },
      done: (text) => ({ text, logprobs: [] })
    },
    whole: { ...bare, status, content: [full] }
  }
}

const functionCall = (answer: Answer, index: number, name: string, pieces: ReadonlyArray<string>): OutputItem => {
  const bare = {
    id: idOf("fc", answer, index),
    type: "function_call",
    status: "in_progress",
    call_id: idOf("call", answer, index),
    name,
    arguments: ""
  }
  return {
    bare,
    part: {
      event: "response.function_call_arguments",
      place: {},
      pieces,
      delta: {},
      done: (text) => ({ name, arguments: text })
    },
    whole: { ...bare, status: "completed", arguments: pieces.join("") }
  }
}

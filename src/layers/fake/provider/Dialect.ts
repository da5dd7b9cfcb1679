import type { JsonObject } from "../../../services/provider/Api.ts"
import type { Ask, Reply } from "./Reply.ts"

/** One event of a streamed answer. */
export interface Frame {
  readonly event?: string
  readonly data: string
  /** It brings a piece of the answer: what pacing and faults count. */
  readonly token: boolean
}

export interface Answer {
  readonly ask: Ask
  readonly replies: ReadonlyArray<Reply>
  /** Unique in a provider, in the order of the requests. */
  readonly number: number
  /** Unix seconds. */
  readonly created: number
}

/** Parts of a stream that a fault may leave out. */
export interface Kept {
  readonly usage: boolean
  readonly done: boolean
}

/** The form of one provider API: what a request asks, and how an answer looks. */
export interface Dialect {
  /** A text is the reason for a 400. */
  readonly read: (json: JsonObject, path: string) => Ask | string
  readonly whole: (answer: Answer, json: JsonObject) => unknown
  readonly frames: (answer: Answer, json: JsonObject, kept: Kept) => Array<Frame>
  readonly error: (status: number, message: string) => unknown
  /** An error inside a stream, as the API says it. */
  readonly errorFrames: ReadonlyArray<Frame>
}

/** The text of a message's content: a string, or the text parts of a list. */
export const textOf = (content: unknown): string => {
  if (typeof content === "string") return content
  if (!Array.isArray(content)) return ""
  let text = ""
  for (const part of content) {
    if (typeof part === "string") text += part
    else if (typeof part?.text === "string") text += part.text
    else if (part?.content !== undefined) text += textOf(part.content)
  }
  return text
}

export const numberOr = <A>(value: unknown, otherwise: A): number | A =>
  typeof value === "number" && Number.isFinite(value) ? value : otherwise

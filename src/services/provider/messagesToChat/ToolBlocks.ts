import type { JsonObject } from "../Api.ts"
import { objectOf, objectsOf, parseJson, textOf } from "../json.ts"
import { ToolCallKeys } from "../ToolCallKeys.ts"

interface Call {
  readonly id: string
  readonly name: string
  /** All arguments so far. */
  text: string
  /** Arguments that have not been sent. */
  unsent: string
  closed: boolean
}

/** Where the tool calls of an answer go, one block after the other. */
export interface ToolSink {
  readonly open: (id: string, name: string) => string
  readonly input: (json: string) => string
  readonly close: () => string
}

/**
 * Parallel tool calls as blocks in sequence. OpenAI may go back to an earlier call; a Messages client knows one open
 * block at a time. So a call is closed once its arguments are whole JSON and another one has begun; until then the
 * later ones wait.
 */
export class ToolBlocks {
  readonly #sink: ToolSink
  readonly #keys = new ToolCallKeys()
  readonly #calls = new Map<number, Call>()
  /** Key of the call whose block is open. */
  #open: number | undefined

  constructor(sink: ToolSink) {
    this.#sink = sink
  }

  get any(): boolean {
    return this.#calls.size > 0
  }

  /** Whether every call has all its arguments. */
  get areWhole(): boolean {
    return [...this.#calls.values()].every(isWhole)
  }

  add(delta: JsonObject): string {
    let out = ""
    for (const call of objectsOf(delta["tool_calls"])) out += this.#add(call)
    return out
  }

  /** The answer has ended: whatever waits is sent. */
  end(): string {
    let out = ""
    while (this.#open !== undefined) out += this.#next()
    return out
  }

  #add(delta: JsonObject): string {
    const called = objectOf(delta["function"])
    const key = this.#keys.keyOf(delta)
    const known = this.#calls.get(key)
    const text = textOf(called?.["arguments"]) ?? ""
    if (known === undefined) {
      this.#calls.set(key, {
        id: textOf(delta["id"]) ?? `call_${key}`,
        name: textOf(called?.["name"]) ?? "",
        text,
        unsent: text,
        closed: false
      })
    } else if (known.closed) {
      return ""
    } else {
      known.text += text
      known.unsent += text
    }
    return this.#flush(key)
  }

  #flush(key: number): string {
    let out = ""
    if (this.#open === undefined) out += this.#begin(key)
    while (this.#open !== undefined && this.#open !== this.#latest() && isWhole(this.#calls.get(this.#open))) {
      out += this.#next()
    }
    return out + this.#send()
  }

  #latest(): number | undefined {
    return [...this.#calls.keys()].at(-1)
  }

  #begin(key: number): string {
    const call = this.#calls.get(key)
    if (call === undefined) return ""
    this.#open = key
    return this.#sink.open(call.id, call.name)
  }

  #send(): string {
    const call = this.#open === undefined ? undefined : this.#calls.get(this.#open)
    if (call === undefined || call.unsent === "") return ""
    const json = call.unsent
    call.unsent = ""
    return this.#sink.input(json)
  }

  /** Closes the open block and opens the next call's, if there is one. */
  #next(): string {
    const keys = [...this.#calls.keys()]
    const following = this.#open === undefined ? undefined : keys[keys.indexOf(this.#open) + 1]
    const out = this.#send() + this.#sink.close()
    const call = this.#open === undefined ? undefined : this.#calls.get(this.#open)
    if (call !== undefined) call.closed = true
    this.#open = undefined
    return following === undefined ? out : out + this.#begin(following)
  }
}

const isWhole = (call: Call | undefined): boolean => call !== undefined && parseJson(call.text) !== undefined

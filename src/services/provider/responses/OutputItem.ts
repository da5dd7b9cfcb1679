import type { JsonObject } from "../Api.ts"
import { GrowingText } from "../GrowingText.ts"
import { countOf, objectOf } from "../json.ts"

/** Where the deltas of one kind go. */
interface Place {
  /** The kind of item, should the event that opened it be lost. */
  readonly item: string
  readonly member: string
  /** For text that stands in a list of parts of the item. */
  readonly list?: { readonly name: string; readonly index: string; readonly type: string }
}

const content = (type: string) => ({ name: "content", index: "content_index", type })

const PLACES: ReadonlyMap<string, Place> = new Map([
  ["response.output_text.delta", { item: "message", member: "text", list: content("output_text") }],
  ["response.refusal.delta", { item: "message", member: "refusal", list: content("refusal") }],
  ["response.reasoning_text.delta", { item: "reasoning", member: "text", list: content("reasoning_text") }],
  [
    "response.reasoning_summary_text.delta",
    { item: "reasoning", member: "text", list: { name: "summary", index: "summary_index", type: "summary_text" } }
  ],
  ["response.function_call_arguments.delta", { item: "function_call", member: "arguments" }],
  ["response.custom_tool_call_input.delta", { item: "custom_tool_call", member: "input" }],
  ["response.mcp_call_arguments.delta", { item: "mcp_call", member: "arguments" }],
  ["response.code_interpreter_call_code.delta", { item: "code_interpreter_call", member: "code" }]
])

interface Grown {
  readonly place: Place
  readonly index: number
  readonly text: GrowingText
  readonly ended: boolean
}

/** One item of an answer as it grows through a stream. */
export class OutputItem {
  #item: JsonObject = {}
  readonly #grown = new Map<string, Grown>()
  /** Parts whose start was seen after the last gap, by the index that counts them. */
  readonly #started = new Set<string>()
  /** Of a gap that what comes next may have begun in. */
  #note: string | undefined

  constructor(note?: string) {
    this.#note = note
  }

  /** Events may be missing here: texts that have no end yet say so with `note`. */
  gap(note: string): void {
    this.#note = note
    this.#started.clear()
    for (const { ended, text } of this.#grown.values()) text.gap(note, ended)
  }

  add(type: string, event: JsonObject): void {
    const item = objectOf(event["item"])
    if (item !== undefined) {
      this.#item = item
      // Nothing of an item comes before it is opened.
      if (type === "response.output_item.added") this.#note = undefined
      // What closes an item has all of it.
      if (type === "response.output_item.done") this.#grown.clear()
      return
    }
    if (type === "response.content_part.added") this.#started.add(`content_index ${countOf(event["content_index"])}`)
    if (type === "response.reasoning_summary_part.added")
      this.#started.add(`summary_index ${countOf(event["summary_index"])}`)
    const key = type.replace(/\.done$/, ".delta")
    const place = PLACES.get(key)
    if (place === undefined) return
    const index = place.list === undefined ? 0 : (countOf(event[place.list.index]) ?? 0)
    if (key === type) this.#grow(`${key} ${index}`, place, index, event["delta"])
    else this.#end(`${key} ${index}`, place, index, event[place.member])
  }

  #grow(key: string, place: Place, index: number, delta: unknown): void {
    if (typeof delta !== "string") return
    const known = this.#grown.get(key)
    if (known !== undefined) {
      known.text.add(delta)
      return
    }
    const isStarted = place.list !== undefined && this.#started.has(`${place.list.index} ${index}`)
    const text = new GrowingText(isStarted ? undefined : this.#note)
    text.add(delta)
    this.#grown.set(key, { place, index, text, ended: false })
  }

  /** What closes a text has all of it, whatever a gap took. */
  #end(key: string, place: Place, index: number, whole: unknown): void {
    if (typeof whole !== "string" || whole === "") return
    const text = new GrowingText()
    text.add(whole)
    this.#grown.set(key, { place, index, text, ended: true })
  }

  body(): JsonObject {
    const body: { [member: string]: unknown } = { ...this.#item }
    const lists = new Map<string, Array<JsonObject>>()
    for (const { place, text } of [...this.#grown.values()].sort((a, b) => a.index - b.index)) {
      body["type"] ??= place.item
      if (place.list === undefined) {
        body[place.member] = text.text
        continue
      }
      const list = lists.get(place.list.name) ?? []
      list.push({ type: place.list.type, [place.member]: text.text })
      lists.set(place.list.name, list)
    }
    for (const [name, list] of lists) body[name] = list
    return body
  }
}

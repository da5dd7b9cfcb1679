import type { JsonObject } from "../Api.ts"
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
  text: string
}

/** One item of an answer as it grows through a stream. */
export class OutputItem {
  #item: JsonObject = {}
  readonly #grown = new Map<string, Grown>()

  add(type: string, event: JsonObject): void {
    const item = objectOf(event["item"])
    if (item !== undefined) {
      this.#item = item
      // What closes an item has all of it.
      if (type === "response.output_item.done") this.#grown.clear()
      return
    }
    const place = PLACES.get(type)
    const { delta } = event
    if (place === undefined || typeof delta !== "string") return
    const index = place.list === undefined ? 0 : (countOf(event[place.list.index]) ?? 0)
    const key = `${type} ${index}`
    const known = this.#grown.get(key)
    if (known === undefined) this.#grown.set(key, { place, index, text: delta })
    else known.text += delta
  }

  body(): JsonObject {
    const body: { [member: string]: unknown } = { ...this.#item }
    const lists = new Map<string, Array<JsonObject>>()
    for (const { place, text } of [...this.#grown.values()].sort((a, b) => a.index - b.index)) {
      body["type"] ??= place.item
      if (place.list === undefined) {
        body[place.member] = text
        continue
      }
      const list = lists.get(place.list.name) ?? []
      list.push({ type: place.list.type, [place.member]: text })
      lists.set(place.list.name, list)
    }
    for (const [name, list] of lists) body[name] = list
    return body
  }
}

import type { JsonObject } from "../Api.ts"
import { countOf, objectOf, objectsOf } from "../json.ts"
import { eventType } from "./eventType.ts"
import { isFinalEvent } from "./finalEvents.ts"
import { OutputItem } from "./OutputItem.ts"

/**
 * The response object of a stream: the one that its final event holds, or, where the stream was cut before it, what its
 * other events say.
 */
export class ResponsesAssembly {
  readonly #items = new Map<number, OutputItem>()
  #response: JsonObject = {}
  /** Of the last gap so far. */
  #note: string | undefined
  #done = false

  add(event: JsonObject, name: string): void {
    if (this.#done) return
    const type = eventType(event, name)
    const response = objectOf(event["response"])
    if (isFinalEvent(type)) this.#done = true
    if (response !== undefined) this.#response = response
    else this.#itemAt(event)?.add(type, event)
  }

  /** Events may be missing here: texts that have no end yet say so with `note`. */
  gap(note: string): void {
    this.#note = note
    for (const item of this.#items.values()) item.gap(note)
  }

  /** `[DONE]` is no event of this API. */
  finish(): void {}

  /** Usage stands in final events alone: where it does, the rest of one was cut off. How it ended is not known then. */
  recover(usage: JsonObject | undefined): void {
    if (usage === undefined) return
    const { status: _, ...response } = this.#response
    this.#response = { ...response, usage }
    this.#done = true
  }

  get done(): boolean {
    return this.#done
  }

  get usageIsFinal(): boolean {
    return this.#done
  }

  body(): JsonObject {
    const said = objectsOf(this.#response["output"])
    const output = said.length > 0 ? said : [...this.#items].sort(([a], [b]) => a - b).map(([, item]) => item.body())
    const body = { ...this.#response, object: "response", output }
    return this.#done ? body : { ...body, status: "incomplete", incomplete_details: { reason: "error" } }
  }

  #itemAt(event: JsonObject): OutputItem | undefined {
    const index = countOf(event["output_index"])
    if (index === undefined) return undefined
    const known = this.#items.get(index)
    if (known !== undefined) return known
    const made = new OutputItem(this.#note)
    this.#items.set(index, made)
    return made
  }
}

import type { JsonObject } from "./Api.ts"
import { countOf, textOf } from "./json.ts"

/**
 * Tells which call of a streamed answer a piece belongs to. By OpenAI's rules its `index` does. Some imitators send
 * none, and an id begins a call; others give every call the index 0, and only a new id tells them apart.
 */
export class ToolCallKeys {
  /** By index: the call it stands for now. */
  readonly #keys = new Map<number, number>()
  readonly #ids: Array<string | undefined> = []

  keyOf(piece: JsonObject): number {
    const id = textOf(piece["id"])
    const index = countOf(piece["index"]) ?? (id === undefined ? this.#ids.length - 1 : -1)
    const known = this.#keys.get(index)
    const knownId = known === undefined ? undefined : this.#ids[known]
    if (known !== undefined && (id === undefined || knownId === undefined || knownId === id)) {
      this.#ids[known] ??= id
      return known
    }
    const key = this.#ids.push(id) - 1
    this.#keys.set(index < 0 ? key : index, key)
    return key
  }
}

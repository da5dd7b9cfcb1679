import type { Frame } from "./Dialect.ts"
import type { OutputItem } from "./openAiResponsesItems.ts"

/** The events of a streamed response, numbered; without a last one where `closed` is absent. */
export const openAiResponsesFrames = (
  opened: object,
  items: ReadonlyArray<OutputItem>,
  closed: { readonly status: string; readonly [member: string]: unknown } | undefined
): Array<Frame> => {
  const frames: Array<Frame> = []
  const add = (type: string, members: object, token = false) => {
    frames.push({ event: type, data: JSON.stringify({ type, sequence_number: frames.length, ...members }), token })
  }
  add("response.created", { response: opened })
  add("response.in_progress", { response: opened })
  items.forEach(({ bare, part, whole }, output_index) => {
    add("response.output_item.added", { output_index, item: bare })
    const at = { item_id: bare.id, output_index, ...part.place }
    if (part.frame !== undefined) add(`${part.frame}.added`, { ...at, part: part.empty })
    for (const delta of part.pieces) add(`${part.event}.delta`, { ...at, delta, ...part.delta }, true)
    add(`${part.event}.done`, { ...at, ...part.done(part.pieces.join("")) })
    if (part.frame !== undefined) add(`${part.frame}.done`, { ...at, part: part.full })
    add("response.output_item.done", { output_index, item: whole })
  })
  if (closed !== undefined) add(`response.${closed.status}`, { response: closed })
  return frames
}

import { batchOf } from "./Batcher.ts"
import type { TracePart } from "./frameParts.ts"
import type { SpanBatch } from "./TraceSink.ts"

/** The parts by request, in order. Parts without spans go with the request before them. */
const requestsOf = <Part extends TracePart>(parts: ReadonlyArray<Part>): ReadonlyArray<ReadonlyArray<Part>> => {
  const requests: Array<Array<Part>> = []
  let sending = false
  for (const part of parts) {
    const last = requests.at(-1)
    const same = last !== undefined && last[0]?.event === part.event && part.event !== undefined
    if (last !== undefined && (same || part.spanCount === 0 || !sending)) last.push(part)
    else requests.push([part])
    sending ||= part.spanCount > 0
  }
  return requests
}

/** The batch in two of half its requests each, in order; `undefined` for a single request, which is never split. */
export const halves = <Part extends TracePart>(
  batch: SpanBatch<Part>
): readonly [SpanBatch<Part>, SpanBatch<Part>] | undefined => {
  const requests = requestsOf(batch.parts)
  if (requests.length < 2) return undefined
  const middle = requests.length >> 1
  return [batchOf(requests.slice(0, middle).flat()), batchOf(requests.slice(middle).flat())]
}

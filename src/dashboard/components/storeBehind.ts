import type { Status } from "../api/types.ts"
import { formatCount, formatDuration } from "../format/numbers.ts"

/** Ingest rests between its rounds: so much later is no trouble. */
const PATIENCE_MS = 60_000

/** Why what is shown of traces is not the newest; undefined where it is. `now` is the control plane's clock. */
export const storeBehind = (
  { traceIngest, traceStore }: Pick<Status, "traceIngest" | "traceStore">,
  now: number
): string | undefined => {
  const { queued = 0, oldestAt = now } = traceIngest?.ledger ?? {}
  const waits = queued === 0 ? "" : ` ${formatCount(queued)} spans wait in the queue, and will be here when it does.`
  if (traceStore === undefined) return `The trace store does not answer.${waits}`
  if (traceIngest?.waiting === true) return `The trace store takes nothing new.${waits}`
  if (queued === 0 || now - oldestAt < PATIENCE_MS) return undefined
  return `The trace store is ${formatDuration(now - oldestAt)} behind: ${formatCount(queued)} spans wait in the queue.`
}

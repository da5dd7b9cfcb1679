import type { DestinationStatus } from "../../api/types.ts"
import { formatAgo } from "../../format/times.ts"

export interface LastAnswer {
  readonly text: string
  readonly reason: string | undefined
  readonly message: string | undefined
}

/** What a destination that takes nothing said last; undefined of a healthy one. */
export const lastAnswer = ({ health }: DestinationStatus, now: number): LastAnswer | undefined => {
  const { state, since, lastError } = health
  if (state === "healthy") return undefined
  return {
    text: lastError === undefined ? `${state} ${formatAgo(since, now)}` : formatAgo(lastError.at, now),
    reason: lastError?.reason,
    message: lastError?.message
  }
}

import { request } from "../../api/request.ts"
import type { RevisionInfo } from "../audit/revisions.ts"

/** When some revisions were made, in Unix milliseconds; what cannot be told is left out. */
export const madeAt = async (
  revisions: ReadonlyArray<number>,
  signal: AbortSignal
): Promise<ReadonlyMap<number, number>> => {
  const dates = new Map<number, number>()
  const ask = async (revision: number) => {
    const query = { before: revision + 1, limit: 1 }
    const [info] = await request<ReadonlyArray<RevisionInfo>>("GET", "revisions", { query, signal }).catch(() => [])
    if (info?.revision === revision) dates.set(revision, info.at)
  }
  await Promise.all([...new Set(revisions)].map(ask))
  return dates
}

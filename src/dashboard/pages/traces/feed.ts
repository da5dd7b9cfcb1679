import type { TracePage } from "../../../services/store/TraceQuery.ts"
import type { TraceSummary } from "../../../services/store/TraceSummary.ts"

/** The part of the list that is here, newest first. */
export interface Feed {
  readonly rows: ReadonlyArray<TraceSummary>
  /** Where the older ones begin. */
  readonly next: string | undefined
  /** A search gave up after its share of work: `next` goes on. */
  readonly partial: boolean
}

export const rowKey = ({ traceId, spanId }: TraceSummary): string => traceId + spanId

const feedOf = (page: TracePage): Feed => ({ rows: page.traces, next: page.next, partial: page.partial })

/**
 * Adds what the newest page brings. A request that took long comes late, so it may belong further down. Where the page
 * does not reach down to what is here, more has come than one page holds: then the list begins anew.
 */
export const mergeNewest = (feed: Feed | undefined, page: TracePage): Feed => {
  if (feed === undefined || feed.rows.length === 0) return feedOf(page)
  const known = new Set(feed.rows.map(rowKey))
  const added = page.traces.filter((row) => !known.has(rowKey(row)))
  if (added.length === 0) return feed
  if (added.length === page.traces.length && page.next !== undefined) return feedOf(page)
  const oldest = feed.next === undefined ? Number.NEGATIVE_INFINITY : (feed.rows.at(-1)?.start ?? 0)
  const rows = [...added.filter((row) => row.start >= oldest), ...feed.rows].sort((a, b) => b.start - a.start)
  return { ...feed, rows }
}

export const appendOlder = (feed: Feed, page: TracePage): Feed => {
  const known = new Set(feed.rows.map(rowKey))
  return { ...feedOf(page), rows: [...feed.rows, ...page.traces.filter((row) => !known.has(rowKey(row)))] }
}

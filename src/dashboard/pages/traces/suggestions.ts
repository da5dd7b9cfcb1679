import type { TraceSummary } from "../../../services/store/TraceSummary.ts"
import type { Filters } from "./filters.ts"

const MOST = 30

/** What to offer for one filter: values that the traces in view have, the most frequent first. */
export const suggestions = (key: keyof Filters, rows: ReadonlyArray<TraceSummary>): ReadonlyArray<string> => {
  const counts = new Map<string, number>()
  for (const row of rows) for (const value of valuesOf(key, row)) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST)
    .map(([value]) => value)
}

const valuesOf = (key: keyof Filters, row: TraceSummary): ReadonlyArray<string> => {
  switch (key) {
    case "model":
    case "provider":
    case "subject":
    case "errorType":
    case "conversationId":
      return row[key] === undefined ? [] : [row[key]]
    case "status":
      return row.status === undefined ? [] : [String(row.status)]
    case "finishReason":
      return row.finishReasons
    case "metadataKey":
      return Object.keys(row.metadata)
    case "metadataValue":
      return Object.values(row.metadata)
    default:
      return []
  }
}

import type { TraceFilter } from "../../../services/store/TraceQuery.ts"
import type { Query } from "../../api/request.ts"

/** Characters that the API takes of a text. */
const LONGEST = 256

type FilterKey = Exclude<keyof TraceFilter, "from" | "to">

export interface FilterField {
  readonly key: FilterKey
  readonly label: string
  /** `whole` and `number` are not negative. */
  readonly kind: "text" | "whole" | "number" | "result"
  readonly hint?: string
}

/** What traces can be chosen by, in the order of the form. */
export const filterFields: ReadonlyArray<FilterField> = [
  { key: "text", label: "Text", kind: "text" },
  { key: "result", label: "Result", kind: "result" },
  { key: "model", label: "Model", kind: "text", hint: "account/model" },
  { key: "provider", label: "Provider", kind: "text" },
  { key: "subject", label: "Subject", kind: "text" },
  { key: "status", label: "HTTP status", kind: "whole" },
  { key: "errorType", label: "Error type", kind: "text" },
  { key: "finishReason", label: "Finish reason", kind: "text" },
  { key: "minTokens", label: "Tokens, at least", kind: "whole", hint: "input and output together" },
  { key: "maxTokens", label: "Tokens, at most", kind: "whole" },
  { key: "minDurationMs", label: "Duration, at least (ms)", kind: "number" },
  { key: "metadataKey", label: "Metadata key", kind: "text", hint: "alone, or with a value" },
  { key: "metadataValue", label: "Metadata value", kind: "text" },
  { key: "conversationId", label: "Conversation", kind: "text" }
]

export const ranges: ReadonlyArray<{ readonly value: string; readonly label: string; readonly ms: number }> = [
  { value: "15m", label: "Last 15 minutes", ms: 900_000 },
  { value: "1h", label: "Last hour", ms: 3_600_000 },
  { value: "6h", label: "Last 6 hours", ms: 21_600_000 },
  { value: "24h", label: "Last 24 hours", ms: 86_400_000 },
  { value: "7d", label: "Last 7 days", ms: 604_800_000 },
  { value: "30d", label: "Last 30 days", ms: 2_592_000_000 }
]

/** As the URL says them: every value a text, and `range` or `from` and `to` (Unix milliseconds) for the time. */
export type Filters = { readonly [key in FilterKey | "range" | "from" | "to"]?: string }

const keys: ReadonlyArray<keyof Filters> = [...filterFields.map(({ key }) => key), "range", "from", "to"]

const kindOf = (key: keyof Filters): FilterField["kind"] | "range" => {
  if (key === "range") return "range"
  return filterFields.find((field) => field.key === key)?.kind ?? "number"
}

const meansSomething = (key: keyof Filters, value: string): boolean => {
  switch (kindOf(key)) {
    case "text":
      return value.length <= LONGEST
    case "whole":
      return Number.isSafeInteger(Number(value))
    case "number":
      return Number.isFinite(Number(value))
    case "result":
      return ["ok", "error", "cancelled"].includes(value)
    case "range":
      return ranges.some((range) => range.value === value)
  }
}

/** What the URL says and means something; the rest is left out. */
export const readFilters = (query: URLSearchParams): Filters => {
  const filters: Filters = Object.fromEntries(
    keys.flatMap((key) => {
      const value = query.get(key)?.trim() ?? ""
      return value !== "" && meansSomething(key, value) ? [[key, value]] : []
    })
  )
  const { metadataValue: _, ...others } = filters
  return lacksKey(filters) ? others : filters
}

/** A value of no key says nothing. */
export const lacksKey = ({ metadataKey = "", metadataValue = "" }: Filters): boolean =>
  metadataValue.trim() !== "" && metadataKey.trim() === ""

/** The filters that the bar does not show, for the count on its button. */
export const moreFilters = (filters: Filters): ReadonlyArray<FilterField> =>
  filterFields.filter(({ key }) => key !== "text" && key !== "result" && filters[key] !== undefined)

/** The API's filter. A range ends now, so it moves. */
export const toQuery = (filters: Filters, now: number): Query => {
  const { range, from, to, ...rest } = filters
  const ms = ranges.find(({ value }) => value === range)?.ms
  const start = ms === undefined ? from : String(now - ms)
  return {
    ...rest,
    ...(start === undefined ? {} : { from: start }),
    ...(to === undefined || ms !== undefined ? {} : { to })
  }
}

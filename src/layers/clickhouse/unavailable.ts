import { ClickHouseError } from "@clickhouse/client"
import { StoreUnavailable } from "../../services/store/StoreUnavailable.ts"

/** What the server or the wire said, without its words: a server quotes the values that it could not read. */
export const unavailable = (cause: unknown): StoreUnavailable =>
  new StoreUnavailable({ store: "traces", cause: new Error(summaryOf(cause)) })

const summaryOf = (cause: unknown): string => {
  if (cause instanceof ClickHouseError) return `ClickHouse answered ${cause.code} ${cause.type ?? ""}`.trimEnd()
  if (cause instanceof Error) return "code" in cause ? `${cause.name} ${cause.code}` : cause.name
  return "unknown"
}

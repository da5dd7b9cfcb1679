import { STORE_CONSUMER } from "../../../services/store/TraceIngest.ts"

/** Why frames are removed that somebody has not settled: they are too old, or there is no room for those who are behind. */
export type Removal = "age" | "behind"

/** What it is called in a consumer's ledger. */
export const reasonOf = (removal: Removal, consumer: string): string => {
  if (removal === "age") return "expired"
  return consumer === STORE_CONSUMER ? "store_behind" : "destination_behind"
}

import type { GroupBy } from "../../../services/store/TraceQuery.ts"
import type { PlaceQuery } from "../../app/places.ts"
import { type Metric, NO_GROUP } from "./view.ts"

/** The store's name for the groups that have no line of their own. */
const OTHER = "other"

interface Picked {
  readonly metric: Metric
  /** Unix milliseconds. */
  readonly from: number
  readonly to: number
  /** With lines by group: which of them. */
  readonly groupBy?: GroupBy | undefined
  readonly line?: string | undefined
}

/** The filters of the traces that a part of a chart is made of. */
export const pickedTraces = ({ metric, from, to, groupBy, line }: Picked): PlaceQuery => ({
  from,
  to,
  ...(groupBy === undefined || line === undefined || line === NO_GROUP || line === OTHER ? {} : { [groupBy]: line }),
  ...(metric === "errors" ? { result: "error" } : {})
})

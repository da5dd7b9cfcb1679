import type { ConfigRefused } from "../../config/ConfigRefused.ts"
import type { ReadFailure } from "../../store/ConfigStore.ts"
import type { StaleRevision } from "../../store/RevisionLog.ts"
import { Conflict, Refused, Unavailable } from "../problems.ts"

/** A store's failure, as the API says it. */
export const unavailable = ({ message }: ReadFailure): Unavailable => new Unavailable({ detail: message })

export const refused = ({ problems }: ConfigRefused): Refused => {
  const errors = problems.map(({ path, reason }) => ({ path, reason }))
  const [first] = errors
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : ""
  return new Refused({
    detail: first === undefined ? "Nothing of it is in force." : `${where(first.path)}${first.reason}${more}`,
    errors
  })
}

const where = (path: string): string => (path === "" ? "" : `${path}: `)

export const stale = (error: StaleRevision): Conflict =>
  new Conflict({ detail: `The change ${error.message}.`, current: error.current })

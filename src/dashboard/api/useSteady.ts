import { useRef } from "preact/hooks"
import type { Resource } from "./useResource.ts"

export interface Steady<A> extends Resource<A> {
  /** The data is of another key: what is asked for now is on its way, or did not come. */
  readonly stale: boolean
}

/** Shows what was there under the last key until there is something under this one, so that a choice does not blank it. */
export const useSteady = <A>(resource: Resource<A>): Steady<A> => {
  const last = useRef<Pick<Resource<A>, "data" | "at">>({ data: undefined, at: undefined })
  if (resource.data !== undefined) last.current = resource
  const { data, at } = last.current
  return { ...resource, data, at, stale: resource.data === undefined && data !== undefined }
}

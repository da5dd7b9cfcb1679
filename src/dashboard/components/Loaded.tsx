import type { ComponentChildren } from "preact"
import type { Resource } from "../api/useResource.ts"
import { formatClock } from "../format/times.ts"
import { ErrorState } from "./ErrorState.tsx"
import { Loading } from "./Loading.tsx"
import { NoPermission } from "./NoPermission.tsx"
import { Notice } from "./Notice.tsx"

interface Props<A> {
  readonly resource: Resource<A>
  readonly lines?: number
  readonly children: (data: A) => ComponentChildren
}

/** A resource in whichever state it is; what was there before stays when fetching it again fails. */
export const Loaded = <A,>({ resource, lines, children }: Props<A>) => {
  const { data, at, error, reload } = resource
  if (data === undefined) {
    if (error === undefined) return <Loading lines={lines ?? 6} />
    if (error.role !== undefined) return <NoPermission needed={error.role} />
    return <ErrorState message={error.message} retry={reload} />
  }
  return (
    <>
      {error !== undefined && (
        <Notice tone="warn">
          <span>
            {at === undefined ? "Not up to date" : `As it was at ${formatClock(at)}`}: {error.message}
          </span>
        </Notice>
      )}
      {children(data)}
    </>
  )
}

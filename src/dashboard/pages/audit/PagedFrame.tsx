import type { ComponentChildren } from "preact"
import { Empty } from "../../components/Empty.tsx"
import { ErrorState } from "../../components/ErrorState.tsx"
import { Loading } from "../../components/Loading.tsx"
import { NoPermission } from "../../components/NoPermission.tsx"
import { Notice } from "../../components/Notice.tsx"
import type { Paged } from "./usePages.ts"

interface Props {
  readonly paged: Paged<unknown>
  readonly empty: string
  readonly children: ComponentChildren
}

/** A paged list in whichever state it is. */
export const PagedFrame = ({ paged, empty, children }: Props) => {
  const { items, error, ended, busy, older, reload } = paged
  if (items === undefined) {
    if (error === undefined) return <Loading lines={10} />
    if (error.status === 403) return <NoPermission needed="admin" />
    return <ErrorState message={error.message} retry={reload} />
  }
  if (items.length === 0) return <Empty title={empty} />
  return (
    <>
      {children}
      {error !== undefined && <Notice tone="bad">{error.message}</Notice>}
      {!ended && (
        <div class="older">
          <button type="button" class="button" disabled={busy} onClick={older}>
            {busy ? "Fetching…" : "Show older"}
          </button>
        </div>
      )}
    </>
  )
}

import { getStatus } from "../../api/api.ts"
import { useResource } from "../../api/useResource.ts"
import { storeBehind } from "../../components/storeBehind.ts"

const POLL_MS = 10_000

/** While the newest traces are not stored yet: their reader would take it for silence. */
export const StoreNotice = () => {
  const { data, at } = useResource("status", getStatus, POLL_MS)
  const behind = data === undefined || at === undefined ? undefined : storeBehind(data, at)
  return behind === undefined ? null : (
    <section class="notice warn" aria-label="Trace store">
      {behind}
    </section>
  )
}

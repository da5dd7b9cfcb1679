import { getDatedStatus } from "../../api/api.ts"
import { useResource } from "../../api/useResource.ts"
import { storeBehind } from "../../components/storeBehind.ts"

const POLL_MS = 10_000

/** While the newest traces are not stored yet: their reader would take it for silence. */
export const StoreNotice = () => {
  const { data } = useResource("status", getDatedStatus, POLL_MS)
  const behind = data === undefined ? undefined : storeBehind(data.data, data.now)
  return behind === undefined ? null : (
    <section class="notice warn" aria-label="Trace store">
      {behind}
    </section>
  )
}

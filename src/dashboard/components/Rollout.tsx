import { useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import { getStatus } from "../api/api.ts"
import type { Member } from "../api/types.ts"
import { hasRevision } from "./hasRevision.ts"
import { Notice } from "./Notice.tsx"

const POLL_MS = 1000

/** After saving: tells when every gateway and exporter has the revision. */
export const Rollout = ({ revision }: { readonly revision: number }) => {
  const members = useSignal<ReadonlyArray<Member> | undefined>(undefined)

  useEffect(() => {
    members.value = undefined
    const abort = new AbortController()
    let timer = 0
    const ask = async () => {
      try {
        members.value = (await getStatus(abort.signal)).members
      } catch {
        // Asked again below.
      }
      if (!abort.signal.aborted && members.value?.every(hasRevision(revision)) !== true) {
        timer = window.setTimeout(ask, POLL_MS)
      }
    }
    ask()
    return () => {
      abort.abort()
      window.clearTimeout(timer)
    }
  }, [revision])

  const all = members.value
  if (all === undefined) return <Notice>Saved as revision {revision}.</Notice>
  if (all.length === 0) {
    return (
      <Notice tone="warn">
        Saved as revision {revision}. No gateway has been heard of yet: it gets this when it starts.
      </Notice>
    )
  }
  const done = all.filter(hasRevision(revision)).length
  return done === all.length ? (
    <Notice tone="ok">
      Saved as revision {revision}, in force on{" "}
      {all.length === 1 ? "the one gateway there is" : `all ${all.length} programs`}.
    </Notice>
  ) : (
    <Notice>
      Saved as revision {revision}: {done} of {all.length} programs have it…
    </Notice>
  )
}

import { useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import { getStatus } from "../api/api.ts"
import type { Member } from "../api/types.ts"
import { hasRevision } from "./hasRevision.ts"
import { Notice } from "./Notice.tsx"
import { useInView } from "./useInView.ts"

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

  const element = useInView(revision)
  return (
    <div ref={element} class="rollout">
      <Progress revision={revision} members={members.value} />
    </div>
  )
}

interface ProgressProps {
  readonly revision: number
  /** Undefined before the first answer. */
  readonly members: ReadonlyArray<Member> | undefined
}

const Progress = ({ revision, members }: ProgressProps) => {
  if (members === undefined) return <Notice>Saved as revision {revision}.</Notice>
  if (members.length === 0) {
    return (
      <Notice tone="warn">
        Saved as revision {revision}. No gateway has been heard of yet: it gets this when it starts.
      </Notice>
    )
  }
  const done = members.filter(hasRevision(revision)).length
  return done === members.length ? (
    <Notice tone="ok">
      Saved as revision {revision}, in force on{" "}
      {members.length === 1 ? "the one gateway there is" : `all ${members.length} programs`}.
    </Notice>
  ) : (
    <Notice>
      Saved as revision {revision}: {done} of {members.length} programs have it…
    </Notice>
  )
}

import { useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import { asProblem } from "../../api/ApiProblem.ts"
import { getTrace } from "../../api/api.ts"
import { href } from "../../app/places.ts"

const POLL_MS = 500
const PATIENCE_MS = 60_000

/** Waits until the trace is in the store, then leads there. */
export const TraceLink = ({ traceId }: { readonly traceId: string }) => {
  const state = useSignal<"waiting" | "there" | "missing">("waiting")

  useEffect(() => {
    state.value = "waiting"
    const abort = new AbortController()
    const until = performance.now() + PATIENCE_MS
    let timer = 0
    const look = async () => {
      try {
        await getTrace(traceId, abort.signal)
        state.value = "there"
      } catch (cause) {
        if (abort.signal.aborted) return
        if (performance.now() > until && asProblem(cause).status === 404) state.value = "missing"
        else timer = window.setTimeout(look, POLL_MS)
      }
    }
    look()
    return () => {
      abort.abort()
      window.clearTimeout(timer)
    }
  }, [traceId])

  switch (state.value) {
    case "waiting":
      return (
        <span class="muted" role="status">
          Waiting for its trace…
        </span>
      )
    case "there":
      return <a href={href(`/traces/${traceId}`)}>Open its trace</a>
    case "missing":
      return <span class="muted">No trace of it within a minute</span>
  }
}

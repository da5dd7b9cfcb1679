import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { type ApiProblem, asProblem } from "./ApiProblem.ts"

export interface Resource<A> {
  /** The newest that came; stays while it is fetched again, and when that fails. */
  readonly data: A | undefined
  /** Of the last fetch. */
  readonly error: ApiProblem | undefined
  readonly reload: () => void
}

/**
 * What `load` gives, fetched again when `key` changes and, with `everyMs`, that long after each answer while the page
 * is seen. Only the newest fetch counts.
 */
export const useResource = <A>(
  key: string,
  load: (signal: AbortSignal) => Promise<A>,
  everyMs?: number
): Resource<A> => {
  const [state, setState] = useState<{ key: string; data?: A; error?: ApiProblem }>({ key })
  const [round, setRound] = useState(0)
  const loader = useRef(load)
  loader.current = load

  useEffect(() => {
    const abort = new AbortController()
    let timer = 0
    const run = async () => {
      if (!document.hidden) {
        try {
          const data = await loader.current(abort.signal)
          if (!abort.signal.aborted) setState({ key, data })
        } catch (cause) {
          if (abort.signal.aborted) return
          const error = asProblem(cause)
          setState((before) =>
            before.key === key && before.data !== undefined ? { ...before, error } : { key, error }
          )
        }
      }
      if (everyMs !== undefined && !abort.signal.aborted) timer = window.setTimeout(run, everyMs)
    }
    run()
    return () => {
      abort.abort()
      window.clearTimeout(timer)
    }
  }, [key, round, everyMs])

  const reload = useCallback(() => setRound((n) => n + 1), [])
  const current = state.key === key
  return { data: current ? state.data : undefined, error: current ? state.error : undefined, reload }
}

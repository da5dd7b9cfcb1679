import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { type ApiProblem, asProblem } from "./ApiProblem.ts"
import { whileSeen } from "./whileSeen.ts"

export interface Resource<A> {
  /** The newest that came; stays while it is fetched again, and when that fails. */
  readonly data: A | undefined
  /** Unix milliseconds at which `data` came. */
  readonly at: number | undefined
  /** Of the last fetch. */
  readonly error: ApiProblem | undefined
  readonly reload: () => void
}

interface State<A> {
  readonly key: string
  readonly data?: A
  readonly at?: number
  readonly error?: ApiProblem
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
  const [state, setState] = useState<State<A>>({ key })
  const [round, setRound] = useState(0)
  const loader = useRef(load)
  loader.current = load

  useEffect(
    () =>
      whileSeen(async (signal) => {
        try {
          const data = await loader.current(signal)
          if (!signal.aborted) setState({ key, data, at: Date.now() })
        } catch (cause) {
          if (signal.aborted) return
          const error = asProblem(cause)
          setState((before) =>
            before.key === key && before.data !== undefined ? { ...before, error } : { key, error }
          )
        }
      }, everyMs),
    [key, round, everyMs]
  )

  const reload = useCallback(() => setRound((n) => n + 1), [])
  const current = state.key === key ? state : undefined
  return { data: current?.data, at: current?.at, error: current?.error, reload }
}

import { useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import { type ApiProblem, asProblem } from "../../api/ApiProblem.ts"

export interface Paged<A> {
  /** Undefined until the first page is there. */
  readonly items: ReadonlyArray<A> | undefined
  readonly error: ApiProblem | undefined
  /** There is nothing older. */
  readonly ended: boolean
  readonly busy: boolean
  readonly older: () => void
  /** From the newest again. */
  readonly reload: () => void
}

/** A list that is fetched page by page, the newest first. `cursor` is what the page after an item begins before. */
export const usePages = <A>(
  pageSize: number,
  load: (before: number | undefined) => Promise<ReadonlyArray<A>>,
  cursor: (last: A) => number
): Paged<A> => {
  const items = useSignal<ReadonlyArray<A> | undefined>(undefined)
  const error = useSignal<ApiProblem | undefined>(undefined)
  const ended = useSignal(false)
  const busy = useSignal(false)

  const fetch = async (shown: ReadonlyArray<A>) => {
    busy.value = true
    error.value = undefined
    const last = shown.at(-1)
    try {
      const page = await load(last === undefined ? undefined : cursor(last))
      items.value = [...shown, ...page]
      ended.value = page.length < pageSize
    } catch (cause) {
      error.value = asProblem(cause)
    }
    busy.value = false
  }

  useEffect(() => {
    fetch([])
  }, [])

  return {
    items: items.value,
    error: error.value,
    ended: ended.value,
    busy: busy.value,
    older: () => fetch(items.value ?? []),
    reload: () => fetch([])
  }
}

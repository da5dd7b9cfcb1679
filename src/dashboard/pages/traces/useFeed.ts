import { useEffect, useRef, useState } from "preact/hooks"
import { type ApiProblem, asProblem } from "../../api/ApiProblem.ts"
import { getTraces } from "../../api/api.ts"
import { whileSeen } from "../../api/whileSeen.ts"
import { appendOlder, type Feed, mergeNewest } from "./feed.ts"
import { type Filters, toQuery } from "./filters.ts"

const PAGE = 100
const POLL_MS = 2000

interface State {
  readonly feed: Feed | undefined
  /** With what came while the reader was further down; shown when asked for. */
  readonly waiting: Feed | undefined
  readonly error: ApiProblem | undefined
}

const nothing: State = { feed: undefined, waiting: undefined, error: undefined }

/**
 * The list of traces: begins with what was kept of it, anew with other filters, grows downwards on demand and, live, at
 * the top.
 */
export const useFeed = (filters: Filters, live: boolean, kept: Feed | undefined) => {
  const key = JSON.stringify(filters)
  const [state, setState] = useState<State>({ ...nothing, feed: kept })
  const [round, setRound] = useState(0)
  const atTop = useRef(kept === undefined)
  const fetchingOlder = useRef(false)
  const shownKey = useRef(key)

  useEffect(() => {
    if (shownKey.current === key) return
    shownKey.current = key
    atTop.current = true
    setState(nothing)
  }, [key])

  useEffect(() => {
    const poll = async (signal: AbortSignal) => {
      try {
        const page = await getTraces({ ...toQuery(filters, Date.now()), limit: PAGE }, signal)
        if (signal.aborted) return
        setState(({ feed, waiting }) => {
          const merged = mergeNewest(waiting ?? feed, page)
          const hold = feed !== undefined && feed.rows.length > 0 && !atTop.current && merged !== feed
          return hold
            ? { feed, waiting: merged, error: undefined }
            : { feed: merged, waiting: undefined, error: undefined }
        })
      } catch (cause) {
        if (signal.aborted) return
        setState((before) => ({ ...before, error: asProblem(cause) }))
      }
    }
    return whileSeen(poll, live ? POLL_MS : undefined)
  }, [key, live, round])

  const loadOlder = async () => {
    const cursor = state.feed?.next
    if (cursor === undefined || fetchingOlder.current) return
    fetchingOlder.current = true
    try {
      const page = await getTraces({ ...toQuery(filters, Date.now()), cursor, limit: PAGE })
      // Only if the list still ends where this page begins.
      setState((before) =>
        before.feed?.next === cursor
          ? {
              ...before,
              feed: appendOlder(before.feed, page),
              waiting: before.waiting?.next === cursor ? appendOlder(before.waiting, page) : before.waiting
            }
          : before
      )
    } catch (cause) {
      setState((before) => ({ ...before, error: asProblem(cause) }))
    }
    fetchingOlder.current = false
  }

  return {
    ...state,
    loadOlder,
    reload: () => setRound((n) => n + 1),
    showWaiting: () =>
      setState((before) =>
        before.waiting === undefined ? before : { ...before, feed: before.waiting, waiting: undefined }
      ),
    onScroll: (top: number) => {
      atTop.current = top < 8
    }
  }
}

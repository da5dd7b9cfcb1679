/**
 * Runs at once, and with `everyMs` again so long after each run while the page is seen; at once when it is seen again.
 * Gives what ends it. `run` does not fail.
 */
export const whileSeen = (run: (signal: AbortSignal) => Promise<void>, everyMs: number | undefined): (() => void) => {
  const abort = new AbortController()
  let timer = 0
  let missed = false
  const next = async () => {
    await run(abort.signal)
    if (everyMs !== undefined && !abort.signal.aborted) timer = window.setTimeout(due, everyMs)
  }
  const due = () => {
    if (document.hidden) missed = true
    else next()
  }
  const seen = () => {
    if (document.hidden || !missed) return
    missed = false
    next()
  }
  document.addEventListener("visibilitychange", seen, { signal: abort.signal })
  next()
  return () => {
    abort.abort()
    window.clearTimeout(timer)
  }
}

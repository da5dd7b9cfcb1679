import { useEffect, useState } from "preact/hooks"

/** Whether a component has been there for so long. */
export const useElapsed = (ms: number): boolean => {
  const [elapsed, setElapsed] = useState(false)
  useEffect(() => {
    const timer = window.setTimeout(() => setElapsed(true), ms)
    return () => window.clearTimeout(timer)
  }, [ms])
  return elapsed
}

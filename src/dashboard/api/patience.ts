export interface Patience {
  /** Aborted once nothing has come for too long. */
  readonly signal: AbortSignal
  /** Something came: the time begins anew. */
  readonly renew: () => void
  readonly end: () => void
}

export const startPatience = (ms: number): Patience => {
  const abort = new AbortController()
  const start = () => setTimeout(() => abort.abort(), ms)
  let timer = start()
  return {
    signal: abort.signal,
    renew: () => {
      clearTimeout(timer)
      timer = start()
    },
    end: () => clearTimeout(timer)
  }
}

import { signal } from "@preact/signals"

export interface Toast {
  readonly id: number
  readonly tone: "ok" | "bad" | "info"
  readonly text: string
}

export const toasts = signal<ReadonlyArray<Toast>>([])

let last = 0

/** Errors stay until they are closed; the rest goes after six seconds. */
export const toast = (tone: Toast["tone"], text: string): void => {
  const id = ++last
  toasts.value = [...toasts.value.slice(-3), { id, tone, text }]
  if (tone !== "bad") window.setTimeout(() => closeToast(id), 6000)
}

export const closeToast = (id: number): void => {
  toasts.value = toasts.value.filter((item) => item.id !== id)
}

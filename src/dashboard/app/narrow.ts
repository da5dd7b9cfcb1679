import { signal } from "@preact/signals"

const query = window.matchMedia("(max-width: 640px)")

/** A phone, or a window as narrow. */
export const narrow = signal(query.matches)

query.addEventListener("change", (event) => {
  narrow.value = event.matches
})

import { signal } from "@preact/signals"
import { pages } from "../pages/pages.ts"
import { navigate } from "./router.ts"

export const helpIsOpen = signal(false)

let awaitsPage = false

/** Whether a key belongs to what is typed into. */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select"))

const onKey = (event: KeyboardEvent): void => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
  if (isTyping(event.target)) {
    if (event.key === "Escape" && event.target instanceof HTMLElement) event.target.blur()
    return
  }
  if (document.querySelector("dialog[open]") !== null) return
  if (awaitsPage) {
    awaitsPage = false
    const page = pages.find(({ key }) => key === event.key)
    if (page !== undefined) navigate(page.path)
  } else if (event.key === "g") awaitsPage = true
  else if (event.key === "?") helpIsOpen.value = true
  else if (event.key === "/") focusSearch(event)
}

/** The page's own search, marked `data-search`. */
const focusSearch = (event: KeyboardEvent): void => {
  const search = document.querySelector("[data-search]")
  if (!(search instanceof HTMLElement)) return
  event.preventDefault()
  search.focus()
}

export const listenForKeys = (): (() => void) => {
  document.addEventListener("keydown", onKey)
  return () => document.removeEventListener("keydown", onKey)
}

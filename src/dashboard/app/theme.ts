import { signal } from "@preact/signals"

export type Theme = "system" | "light" | "dark"

const KEY = "spangate.theme"
const dark = window.matchMedia("(prefers-color-scheme: dark)")

const saved = localStorage.getItem(KEY)
export const theme = signal<Theme>(saved === "light" || saved === "dark" ? saved : "system")

/** What is on screen: charts draw by it. */
export const shownTheme = signal<"light" | "dark">("light")

export const applyTheme = (): void => {
  shownTheme.value = theme.value === "system" ? (dark.matches ? "dark" : "light") : theme.value
  document.documentElement.dataset["theme"] = shownTheme.value
}

export const chooseTheme = (chosen: Theme): void => {
  theme.value = chosen
  if (chosen === "system") localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, chosen)
  applyTheme()
}

dark.addEventListener("change", applyTheme)

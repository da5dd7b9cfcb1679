import { useSignal } from "@preact/signals"
import { useEffect, useRef } from "preact/hooks"
import { KeyboardHelp } from "./KeyboardHelp.tsx"
import { Navigation } from "./Navigation.tsx"
import { PageOutlet } from "./PageOutlet.tsx"
import { place } from "./router.ts"

/** What stands around every page. */
export const Shell = () => {
  const open = useSignal(false)
  const main = useRef<HTMLElement>(null)
  const path = place.value.path

  const first = useRef(true)
  useEffect(() => {
    open.value = false
    window.scrollTo(0, 0)
    // Whoever does not see the page hears that it is another one.
    if (!first.current) main.current?.focus({ preventScroll: true })
    first.current = false
  }, [path])

  useEffect(() => {
    const close = (event: KeyboardEvent) => {
      if (event.key === "Escape") open.value = false
    }
    document.addEventListener("keydown", close)
    return () => document.removeEventListener("keydown", close)
  }, [])

  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <header class="topbar">
        <button
          type="button"
          class="button quiet icon"
          aria-expanded={open.value}
          aria-controls="navigation"
          onClick={() => {
            open.value = !open.value
          }}
        >
          <span aria-hidden="true">☰</span>
          <span class="hidden-visually">Navigation</span>
        </button>
        <span class="brand">Spangate</span>
      </header>
      {open.value && (
        <button
          type="button"
          class="scrim"
          aria-label="Close navigation"
          onClick={() => {
            open.value = false
          }}
        />
      )}
      <Navigation open={open.value} />
      <main class="main" ref={main} tabIndex={-1}>
        <PageOutlet />
      </main>
      <KeyboardHelp />
    </div>
  )
}

import { useSignal } from "@preact/signals"
import type { ComponentChildren } from "preact"
import { useEffect, useId, useRef } from "preact/hooks"

interface Props {
  readonly label: string
  readonly children: ComponentChildren
}

/** A button with a panel; Esc and a click elsewhere close it. */
export const Popover = ({ label, children }: Props) => {
  const open = useSignal(false)
  const box = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()

  useEffect(() => {
    if (!open.value) return
    const onPointer = (event: PointerEvent) => {
      if (event.target instanceof Node && box.current?.contains(event.target) !== true) open.value = false
    }
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return
      open.value = false
      button.current?.focus()
    }
    document.addEventListener("pointerdown", onPointer)
    document.addEventListener("keydown", onKey)
    return () => {
      document.removeEventListener("pointerdown", onPointer)
      document.removeEventListener("keydown", onKey)
    }
  }, [open.value])

  return (
    <div class="popover" ref={box}>
      <button
        ref={button}
        type="button"
        class="button"
        aria-expanded={open.value}
        aria-controls={id}
        onClick={() => {
          open.value = !open.value
        }}
      >
        {label} <span aria-hidden="true">▾</span>
      </button>
      {open.value && (
        <div id={id} class="popover-panel">
          {children}
        </div>
      )}
    </div>
  )
}

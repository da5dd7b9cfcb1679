import type { ComponentChildren } from "preact"
import { useId, useLayoutEffect, useRef } from "preact/hooks"
import { narrow } from "../app/narrow.ts"

interface Props {
  readonly title: string
  /** Called by Esc, the close button and a click beside it. */
  readonly onClose: () => void
  readonly children: ComponentChildren
  readonly actions?: ComponentChildren
}

/** Modal while it is mounted: the browser keeps the focus inside, and gives it back afterwards. */
export const Dialog = ({ title, onClose, children, actions }: Props) => {
  const element = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useLayoutEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    // What is to be typed comes first; on a phone it would bring up the keyboard over the rest.
    const field = dialog?.querySelector("form :is(input, select, textarea)")
    if (field instanceof HTMLElement && !narrow.peek()) field.focus()
    // While it is still there: a dialog that is only taken away gives the focus back to nobody.
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      class="dialog"
      ref={element}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      closedby="any"
    >
      <div class="dialog-body">
        <div class="row">
          <h2 id={titleId}>{title}</h2>
          <span class="spacer" />
          <button type="button" class="button quiet icon" aria-label="Close" onClick={onClose}>
            ×
          </button>
        </div>
        {children}
        {actions !== undefined && <div class="dialog-actions">{actions}</div>}
      </div>
    </dialog>
  )
}

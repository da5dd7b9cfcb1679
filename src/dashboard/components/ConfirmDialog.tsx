import type { ComponentChildren } from "preact"
import { Dialog } from "./Dialog.tsx"

interface Props {
  readonly title: string
  /** What the button does: a verb, never "OK". */
  readonly action: string
  /** Undefined while it cannot be done. */
  readonly onConfirm: (() => void) | undefined
  readonly onCancel: () => void
  readonly children: ComponentChildren
}

/** Before what cannot be taken back. */
export const ConfirmDialog = ({ title, action, onConfirm, onCancel, children }: Props) => (
  <Dialog
    title={title}
    onClose={onCancel}
    actions={
      <>
        <button type="button" class="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="button" class="button danger" disabled={onConfirm === undefined} onClick={onConfirm}>
          {action}
        </button>
      </>
    }
  >
    {children}
  </Dialog>
)

import { useSignal } from "@preact/signals"
import type { ComponentChildren } from "preact"

interface Props {
  /** The dialog that it opens; `close` takes it away. */
  readonly children: (close: () => void) => ComponentChildren
}

export const CreateTokenButton = ({ children }: Props) => {
  const open = useSignal(false)
  return (
    <>
      <button
        type="button"
        class="button primary"
        onClick={() => {
          open.value = true
        }}
      >
        Create token
      </button>
      {open.value &&
        children(() => {
          open.value = false
        })}
    </>
  )
}

import { useSignal } from "@preact/signals"
import { toast } from "../app/toasts.ts"

interface Props {
  readonly label: string
  /** Made when it is asked for: it may be long. */
  readonly text: () => string
  readonly quiet?: boolean
}

const SHOWN_MS = 1500

/** Says that it has copied, in the room that its label has. */
export const CopyButton = ({ label, text, quiet }: Props) => {
  const done = useSignal(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text())
      done.value = true
      window.setTimeout(() => {
        done.value = false
      }, SHOWN_MS)
    } catch {
      toast("bad", "The browser does not let this page copy: that needs https or localhost.")
    }
  }
  return (
    <>
      <button
        type="button"
        class={quiet === true ? "button quiet" : "button"}
        // The label's width is needed while it is not seen, its words are the button's name all the time.
        aria-label={label}
        onClick={copy}
      >
        <span class="swap" aria-hidden="true">
          <span class={done.value ? "away" : ""}>{label}</span>
          <span class={done.value ? "" : "away"}>✓ Copied</span>
        </span>
      </button>
      <span class="hidden-visually" role="status">
        {done.value && "Copied"}
      </span>
    </>
  )
}

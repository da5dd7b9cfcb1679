import { useSignal } from "@preact/signals"
import { toast } from "../app/toasts.ts"

interface Props {
  readonly label: string
  /** Made when it is asked for: it may be long. */
  readonly text: () => string
  readonly quiet?: boolean
}

export const CopyButton = ({ label, text, quiet }: Props) => {
  const done = useSignal(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text())
      done.value = true
      window.setTimeout(() => {
        done.value = false
      }, 1500)
    } catch {
      toast("bad", "The browser does not let this page copy: that needs https or localhost.")
    }
  }
  return (
    <button type="button" class={quiet === true ? "button quiet" : "button"} onClick={copy}>
      {done.value ? "Copied" : label}
    </button>
  )
}

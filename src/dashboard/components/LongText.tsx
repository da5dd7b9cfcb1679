import "./longText.css"
import { useSignal } from "@preact/signals"

interface Props {
  readonly text: string
  /** Characters at first; each time more is asked for, sixteen times as many come. */
  readonly first?: number
}

/** Text as it is, a part of it until more is asked for: megabytes at once would stop the page. */
export const LongText = ({ text, first = 4000 }: Props) => {
  const shown = useSignal(first)
  const rest = text.length - shown.value
  return (
    <>
      <pre class="long-text">{rest > 0 ? text.slice(0, shown.value) : text}</pre>
      {rest > 0 && (
        <button
          type="button"
          class="button"
          onClick={() => {
            shown.value += first * 16
          }}
        >
          Show more ({rest.toLocaleString("en-GB")} characters left)
        </button>
      )}
    </>
  )
}

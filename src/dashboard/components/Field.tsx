import type { ComponentChildren } from "preact"
import { useId } from "preact/hooks"

/** What the input itself needs to be tied to its label, hint and error. */
export interface InputTies {
  readonly id: string
  readonly "aria-describedby": string | undefined
  readonly "aria-invalid": boolean
}

interface Props {
  readonly label: string
  readonly hint?: ComponentChildren
  readonly error?: string | undefined
  readonly children: (ties: InputTies) => ComponentChildren
}

/** One labelled input. The error takes the hint's place, so that the form keeps its height. */
export const Field = ({ label, hint, error, children }: Props) => {
  const id = useId()
  const note = error ?? hint
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        "aria-describedby": note === undefined ? undefined : `${id}-note`,
        "aria-invalid": error !== undefined
      })}
      {note !== undefined && (
        <div id={`${id}-note`} class={error === undefined ? "hint" : "field-error"}>
          {note}
        </div>
      )}
    </div>
  )
}

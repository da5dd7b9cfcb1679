import type { ComponentChildren } from "preact"
import { useId } from "preact/hooks"

interface Props {
  readonly label: string
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  readonly hint?: ComponentChildren
  readonly disabled?: boolean
}

export const Toggle = ({ label, checked, onChange, hint, disabled }: Props) => {
  const id = useId()
  return (
    <div class="toggle">
      <input
        type="checkbox"
        role="switch"
        id={id}
        checked={checked}
        aria-checked={checked}
        disabled={disabled ?? false}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <div>
        <label for={id}>{label}</label>
        {hint !== undefined && (
          <div id={`${id}-hint`} class="hint">
            {hint}
          </div>
        )}
      </div>
    </div>
  )
}

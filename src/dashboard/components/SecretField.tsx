import { useSignal } from "@preact/signals"
import type { ComponentChildren } from "preact"
import { Field, type InputTies } from "./Field.tsx"
import { isKept, type SecretValue } from "./secretValue.ts"

interface InputProps {
  readonly value: SecretValue
  readonly onChange: (value: SecretValue) => void
  readonly placeholder?: string
  readonly disabled?: boolean
  readonly ties: InputTies | { readonly "aria-label": string }
}

/** Write-only: what is stored is shown as `•••• abcd` until it is replaced. */
export const SecretInput = ({ value, onChange, placeholder, disabled, ties }: InputProps) => {
  const shown = useSignal(false)
  if (isKept(value)) {
    return (
      <div class="secret">
        <input {...ties} class="input mono stored" readOnly value={`•••• ${value.lastFour ?? ""}`} />
        {disabled !== true && (
          <button type="button" class="button" onClick={() => onChange("")}>
            Replace
          </button>
        )}
      </div>
    )
  }
  return (
    <div class="secret">
      <input
        {...ties}
        class="input mono"
        {...(shown.value ? { type: "text" as const } : { type: "password" as const })}
        value={value}
        placeholder={placeholder ?? ""}
        disabled={disabled ?? false}
        autocomplete="new-password"
        spellcheck={false}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <button
        type="button"
        class="button quiet"
        aria-pressed={shown.value}
        onClick={() => {
          shown.value = !shown.value
        }}
      >
        Show
      </button>
    </div>
  )
}

interface Props extends Omit<InputProps, "ties"> {
  readonly label: string
  readonly hint?: ComponentChildren
  readonly error?: string | undefined
}

export const SecretField = ({ label, hint, error, ...input }: Props) => (
  <Field label={label} hint={hint} error={error}>
    {(ties) => <SecretInput {...input} ties={ties} />}
  </Field>
)

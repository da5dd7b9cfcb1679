import type { ComponentChildren } from "preact"
import { Field } from "./Field.tsx"

interface Props {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly hint?: ComponentChildren
  readonly error?: string | undefined
  readonly placeholder?: string
  readonly type?: "text" | "url" | "number" | "password"
  readonly disabled?: boolean
  /** Ids of addresses and names are set in one width. */
  readonly mono?: boolean
  /** More than one line. */
  readonly rows?: number
}

export const TextField = ({ label, value, onChange, hint, error, placeholder, type, disabled, mono, rows }: Props) => (
  <Field label={label} hint={hint} error={error}>
    {(ties) => {
      const shared = {
        ...ties,
        value,
        disabled: disabled ?? false,
        spellcheck: false,
        autocomplete: "off" as const,
        ...(placeholder === undefined ? {} : { placeholder })
      }
      const face = mono === true ? " mono" : ""
      return rows === undefined ? (
        <input
          {...shared}
          class={`input${face}`}
          // Preact types each kind of input apart; what is used here all have.
          type={(type ?? "text") as "text"}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      ) : (
        <textarea
          {...shared}
          class={`textarea${face}`}
          rows={rows}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )
    }}
  </Field>
)

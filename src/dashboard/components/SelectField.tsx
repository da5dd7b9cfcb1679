import type { ComponentChildren } from "preact"
import { Field } from "./Field.tsx"

export interface Option {
  readonly value: string
  readonly label: string
}

interface Props {
  readonly label: string
  readonly value: string
  readonly options: ReadonlyArray<Option>
  readonly onChange: (value: string) => void
  readonly hint?: ComponentChildren
  readonly error?: string | undefined
  readonly disabled?: boolean
}

export const SelectField = ({ label, value, options, onChange, hint, error, disabled }: Props) => (
  <Field label={label} hint={hint} error={error}>
    {(ties) => (
      <select
        {...ties}
        class="select"
        value={value}
        disabled={disabled ?? false}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    )}
  </Field>
)

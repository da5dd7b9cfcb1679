import type { ComponentChildren } from "preact"
import { useId } from "preact/hooks"
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
  /** Offered while typing; anything else may be typed too. */
  readonly suggestions?: ReadonlyArray<string>
}

export const TextField = ({ label, value, onChange, hint, error, suggestions = [], ...input }: Props) => {
  const { placeholder, type, disabled, mono, rows } = input
  const listId = useId()
  return (
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
          <>
            <input
              {...shared}
              class={`input${face}`}
              // Preact types each kind of input apart; what is used here all have.
              type={(type ?? "text") as "text"}
              {...(type === "number" ? { min: 0 } : {})}
              {...(suggestions.length === 0 ? {} : { list: listId })}
              onInput={(event) => onChange(event.currentTarget.value)}
            />
            {suggestions.length > 0 && (
              <datalist id={listId}>
                {suggestions.map((suggestion) => (
                  <option key={suggestion} value={suggestion} />
                ))}
              </datalist>
            )}
          </>
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
}

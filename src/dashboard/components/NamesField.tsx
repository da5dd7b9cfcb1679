import "./names.css"
import { useSignal } from "@preact/signals"
import type { ComponentChildren } from "preact"
import { useId } from "preact/hooks"
import { formatName } from "../format/names.ts"
import { Field } from "./Field.tsx"
import { Name } from "./Name.tsx"

interface Props {
  readonly label: string
  readonly names: ReadonlyArray<string>
  readonly onChange: (names: ReadonlyArray<string>) => void
  readonly suggestions?: ReadonlyArray<string>
  readonly placeholder?: string
  readonly hint?: ComponentChildren
  readonly error?: string | undefined
  readonly disabled?: boolean
}

/** Several names, each typed and ended with Enter, a comma or by leaving the field. */
export const NamesField = ({ label, names, onChange, suggestions = [], placeholder, hint, error, disabled }: Props) => {
  const typed = useSignal("")
  const listId = useId()
  const add = () => {
    const more = typed.value
      .split(/[,\s]+/)
      .filter((name, index, all) => name !== "" && !names.includes(name) && all.indexOf(name) === index)
    typed.value = ""
    if (more.length > 0) onChange([...names, ...more])
  }
  return (
    <Field label={label} hint={hint} error={named(error, names)}>
      {(ties) => (
        <div class="names-field">
          {names.map((name) => (
            <span key={name} class="chip mono">
              <span class="cut">
                <Name>{name}</Name>
              </span>
              {disabled !== true && (
                <button
                  type="button"
                  class="chip-remove"
                  aria-label={`Remove ${formatName(name)}`}
                  onClick={() => onChange(names.filter((other) => other !== name))}
                >
                  ×
                </button>
              )}
            </span>
          ))}
          <input
            {...ties}
            class="input mono"
            list={listId}
            value={typed.value}
            disabled={disabled ?? false}
            placeholder={placeholder ?? ""}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => {
              typed.value = event.currentTarget.value
              if (/[,\s]$/.test(typed.value)) add()
            }}
            onKeyDown={(event) => {
              if (event.key === "Enter" && typed.value.trim() !== "") {
                event.preventDefault()
                add()
              } else if (event.key === "Backspace" && typed.value === "") onChange(names.slice(0, -1))
            }}
            onBlur={add}
          />
          <datalist id={listId}>
            {suggestions
              .filter((name) => !names.includes(name))
              .map((name) => (
                <option key={name} value={name} />
              ))}
          </datalist>
        </div>
      )}
    </Field>
  )
}

/** The API says which of a list is wrong by its number. */
const named = (error: string | undefined, names: ReadonlyArray<string>): string | undefined =>
  error?.replace(/^\[(\d+)\]/, (number, index) => formatName(names[Number(index)] ?? number))

import { useId } from "preact/hooks"
import type { Option } from "./SelectField.tsx"

interface Props {
  readonly legend: string
  /** Read out, and not shown. */
  readonly legendHidden?: boolean
  readonly value: string
  readonly options: ReadonlyArray<Option>
  readonly onChange: (value: string) => void
  readonly disabled?: boolean
}

/** One of a few, all seen at once. */
export const Choices = ({ legend, legendHidden, value, options, onChange, disabled }: Props) => {
  const name = useId()
  return (
    <fieldset class="fieldset field" disabled={disabled ?? false}>
      <legend class={legendHidden === true ? "hidden-visually" : "legend"}>{legend}</legend>
      <div>
        <div class="choices">
          {options.map((option) => (
            <label key={option.value}>
              <input
                type="radio"
                name={name}
                value={option.value}
                checked={option.value === value}
                onChange={() => onChange(option.value)}
              />
              {option.label}
            </label>
          ))}
        </div>
      </div>
    </fieldset>
  )
}

import type { ComponentChildren } from "preact"
import { useId } from "preact/hooks"

interface Row {
  readonly name: string
}

interface Props<R extends Row> {
  readonly legend: string
  readonly rows: ReadonlyArray<R>
  readonly onChange: (rows: ReadonlyArray<R>) => void
  /** A row to add. */
  readonly blank: R
  readonly addLabel: string
  readonly nameLabel: string
  readonly namePlaceholder?: string
  /** The input beside the name. */
  readonly value: (row: R, onChange: (row: R) => void, label: string) => ComponentChildren
  readonly hint?: ComponentChildren
  readonly error?: string | undefined
  readonly disabled?: boolean
}

/** Names with values, as many as are wanted. */
export const PairsField = <R extends Row>(props: Props<R>) => {
  const { rows, onChange, disabled } = props
  const id = useId()
  const note = props.error ?? props.hint
  const replace = (index: number) => (row: R) => onChange(rows.map((old, at) => (at === index ? row : old)))
  return (
    <fieldset class="fieldset field" aria-describedby={note === undefined ? undefined : id}>
      <legend class="legend">{props.legend}</legend>
      <div class="pairs">
        {rows.map((row, index) => (
          <div key={index} class="pair">
            <input
              class="input mono"
              aria-label={`${props.nameLabel} ${index + 1}`}
              placeholder={props.namePlaceholder ?? props.nameLabel}
              value={row.name}
              disabled={disabled ?? false}
              spellcheck={false}
              onInput={(event) => replace(index)({ ...row, name: event.currentTarget.value })}
            />
            {props.value(row, replace(index), `Value of ${row.name || `${props.nameLabel} ${index + 1}`}`)}
            {disabled !== true && (
              <button
                type="button"
                class="button quiet icon"
                aria-label={`Remove ${row.name || `row ${index + 1}`}`}
                onClick={() => onChange(rows.filter((_, at) => at !== index))}
              >
                ×
              </button>
            )}
          </div>
        ))}
        {disabled !== true && (
          <div>
            <button type="button" class="button" onClick={() => onChange([...rows, props.blank])}>
              {props.addLabel}
            </button>
          </div>
        )}
      </div>
      {note !== undefined && (
        <div id={id} class={props.error === undefined ? "hint" : "field-error"}>
          {note}
        </div>
      )}
    </fieldset>
  )
}

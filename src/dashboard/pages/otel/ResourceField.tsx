import { PairsField } from "../../components/PairsField.tsx"
import type { ResourceRow } from "./destinationForm.ts"

interface Props {
  readonly rows: ReadonlyArray<ResourceRow>
  readonly onChange: (rows: ReadonlyArray<ResourceRow>) => void
  readonly namePlaceholder: string
  readonly hint: string
  readonly error: string | undefined
  readonly disabled: boolean
}

/** What is said of the sender, on everything it sends. */
export const ResourceField = ({ rows, onChange, namePlaceholder, hint, error, disabled }: Props) => (
  <PairsField
    legend="Resource attributes"
    rows={rows}
    onChange={onChange}
    blank={{ name: "", value: "" }}
    addLabel="Add attribute"
    nameLabel="Attribute"
    namePlaceholder={namePlaceholder}
    error={error}
    hint={hint}
    disabled={disabled}
    value={(row, change, label) => (
      <input
        class="input mono"
        aria-label={label}
        placeholder="value"
        value={row.value}
        disabled={disabled}
        onInput={(event) => change({ ...row, value: event.currentTarget.value })}
      />
    )}
  />
)

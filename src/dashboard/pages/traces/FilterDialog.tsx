import { useSignal } from "@preact/signals"
import { useMemo } from "preact/hooks"
import type { TraceSummary } from "../../../services/store/TraceSummary.ts"
import { Dialog } from "../../components/Dialog.tsx"
import { SelectField } from "../../components/SelectField.tsx"
import { TextField } from "../../components/TextField.tsx"
import { type Filters, filterFields, lacksKey } from "./filters.ts"
import { suggestions } from "./suggestions.ts"

interface Props {
  readonly filters: Filters
  /** The traces that are shown: their values are offered. */
  readonly rows: ReadonlyArray<TraceSummary>
  readonly onChange: (filters: Filters) => void
  readonly onClose: () => void
}

const results = [
  { value: "", label: "Any" },
  { value: "ok", label: "OK" },
  { value: "error", label: "Error" },
  { value: "cancelled", label: "Client left" }
]

export const FilterDialog = ({ filters, rows, onChange, onClose }: Props) => {
  // As it was when the dialog was opened: the list goes on behind it.
  const offered = useMemo(() => Object.fromEntries(filterFields.map(({ key }) => [key, suggestions(key, rows)])), [])
  const draft = useSignal<Filters>(filters)
  const set = (key: keyof Filters) => (value: string) => {
    draft.value = { ...draft.value, [key]: value }
  }
  const asked = useSignal(false)
  const apply = () => {
    asked.value = true
    if (lacksKey(draft.value)) return
    onChange(Object.fromEntries(Object.entries(draft.value).filter(([, value]) => value.trim() !== "")))
    onClose()
  }
  return (
    <Dialog title="Filters" onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          apply()
        }}
      >
        <div class="form-grid">
          {filterFields.map(({ key, label, kind, hint }) =>
            kind === "result" ? (
              <SelectField
                key={key}
                label={label}
                value={draft.value[key] ?? ""}
                options={results}
                onChange={set(key)}
              />
            ) : (
              <TextField
                key={key}
                label={label}
                type={kind === "text" ? "text" : "number"}
                value={draft.value[key] ?? ""}
                onChange={set(key)}
                suggestions={offered[key] ?? []}
                error={
                  key === "metadataKey" && asked.value && lacksKey(draft.value)
                    ? "Write the key of the value."
                    : undefined
                }
                {...(hint === undefined ? {} : { placeholder: hint })}
              />
            )
          )}
        </div>
        <div class="dialog-actions">
          <button
            type="button"
            class="button"
            onClick={() => {
              draft.value = {}
            }}
          >
            Clear
          </button>
          <button type="submit" class="button primary">
            Apply
          </button>
        </div>
      </form>
    </Dialog>
  )
}

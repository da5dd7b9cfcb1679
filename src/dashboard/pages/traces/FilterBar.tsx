import { useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import type { TraceSummary } from "../../../services/store/TraceSummary.ts"
import { Choices } from "../../components/Choices.tsx"
import { FilterDialog } from "./FilterDialog.tsx"
import { type Filters, moreFilters, ranges } from "./filters.ts"

interface Props {
  readonly filters: Filters
  readonly onChange: (filters: Filters) => void
  /** The traces that are shown: their values are offered. */
  readonly rows: ReadonlyArray<TraceSummary>
}

const TYPING_MS = 300

/** The filters that are used most; the rest is in a dialog. */
export const FilterBar = ({ filters, onChange, rows }: Props) => {
  const text = useSignal(filters.text ?? "")
  const dialog = useSignal(false)
  const { text: _text, ...withoutText } = filters
  const more = moreFilters(filters).length

  useEffect(() => {
    text.value = filters.text ?? ""
  }, [filters.text])

  useEffect(() => {
    const typed = text.value.trim()
    if (typed === (filters.text ?? "")) return
    const timer = window.setTimeout(() => onChange(typed === "" ? withoutText : { ...filters, text: typed }), TYPING_MS)
    return () => window.clearTimeout(timer)
  }, [text.value])

  const chooseTime = (value: string) => {
    const { range: _range, from: _from, to: _to, ...rest } = filters
    onChange(value === "" ? rest : { ...rest, range: value })
  }

  const chooseResult = (value: string) => {
    const { result: _result, ...rest } = filters
    onChange(value === "" ? rest : { ...rest, result: value })
  }

  return (
    <search class="filter-bar">
      <input
        class="input"
        type="search"
        data-search
        aria-label="Search in prompts and answers"
        placeholder="Search in prompts and answers"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value
        }}
        onKeyDown={(event) => {
          // Esc empties it; when it is empty, Esc leaves it.
          if (event.key !== "Escape" || text.value === "") return
          event.preventDefault()
          text.value = ""
        }}
      />
      <select
        class="select auto"
        aria-label="Time"
        value={filters.range ?? (filters.from === undefined && filters.to === undefined ? "" : "chosen")}
        onChange={(event) => chooseTime(event.currentTarget.value)}
      >
        <option value="">All time</option>
        {(filters.from !== undefined || filters.to !== undefined) && <option value="chosen">Chosen time</option>}
        {ranges.map((range) => (
          <option key={range.value} value={range.value}>
            {range.label}
          </option>
        ))}
      </select>
      <Choices
        legend="Result"
        legendHidden
        value={filters.result ?? ""}
        onChange={chooseResult}
        options={[
          { value: "", label: "All" },
          { value: "ok", label: "OK" },
          { value: "error", label: "Errors" },
          { value: "cancelled", label: "Client left" }
        ]}
      />
      <button
        type="button"
        class="button"
        onClick={() => {
          dialog.value = true
        }}
      >
        More filters{more > 0 && ` (${more})`}
      </button>
      {dialog.value && (
        <FilterDialog
          filters={filters}
          rows={rows}
          onChange={onChange}
          onClose={() => {
            dialog.value = false
          }}
        />
      )}
    </search>
  )
}

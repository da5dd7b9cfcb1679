import { Name } from "../../components/Name.tsx"
import { formatName } from "../../format/names.ts"
import { formatMinute, ZONE } from "../../format/times.ts"
import { type Filters, moreFilters } from "./filters.ts"

interface Props {
  readonly filters: Filters
  readonly onChange: (filters: Filters) => void
}

/** What narrows the list and is not seen in the bar, each to be taken off. */
export const ActiveFilters = ({ filters, onChange }: Props) => {
  const without = (...keys: ReadonlyArray<string>) =>
    onChange(Object.fromEntries(Object.entries(filters).filter(([key]) => !keys.includes(key))))
  const chips = moreFilters(filters)
  const hasTime = filters.from !== undefined || filters.to !== undefined
  if (chips.length === 0 && !hasTime) return null
  return (
    <div class="row">
      {hasTime && (
        <Chip
          label="Time"
          value={`${moment(filters.from) ?? "…"} to ${moment(filters.to) ?? "now"} (${ZONE})`}
          onRemove={() => without("from", "to")}
        />
      )}
      {chips.map(({ key, label }) => (
        <Chip key={key} label={label} value={filters[key] ?? ""} onRemove={() => without(key)} />
      ))}
      <button type="button" class="button quiet" onClick={() => onChange({})}>
        Clear all
      </button>
    </div>
  )
}

const moment = (value: string | undefined) => (value === undefined ? undefined : formatMinute(Number(value)))

interface ChipProps {
  readonly label: string
  readonly value: string
  readonly onRemove: () => void
}

const Chip = ({ label, value, onRemove }: ChipProps) => (
  <button
    type="button"
    class="chip accent"
    aria-label={`Remove filter ${label} ${formatName(value)}`}
    onClick={onRemove}
  >
    <span class="cut">
      {label}:{" "}
      <strong>
        <Name>{value}</Name>
      </strong>
    </span>
    <span aria-hidden="true">×</span>
  </button>
)

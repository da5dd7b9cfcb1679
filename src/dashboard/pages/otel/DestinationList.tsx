import type { DestinationStatus } from "../../api/types.ts"
import { HealthChip } from "../../components/HealthChip.tsx"

export interface ListedDestination {
  readonly key: string
  readonly name: string
  readonly enabled: boolean
  readonly unsaved: boolean
  readonly status: DestinationStatus | undefined
}

interface Props {
  readonly destinations: ReadonlyArray<ListedDestination>
  readonly selected: string | undefined
  readonly onSelect: (key: string) => void
}

export const DestinationList = ({ destinations, selected, onSelect }: Props) => (
  <ul class="destinations">
    {destinations.map(({ key, name, enabled, unsaved, status }) => (
      <li key={key}>
        <button type="button" class="destination" aria-pressed={key === selected} onClick={() => onSelect(key)}>
          <span class="cut">{name || "(no name yet)"}</span>
          <span class="spacer" />
          {unsaved ? (
            <span class="chip warn">unsaved</span>
          ) : !enabled ? (
            <span class="chip">off</span>
          ) : (
            status !== undefined && <HealthChip status={status} />
          )}
        </button>
      </li>
    ))}
  </ul>
)

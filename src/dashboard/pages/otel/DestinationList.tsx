import type { DestinationStatus } from "../../api/types.ts"
import { HealthChip } from "../../components/HealthChip.tsx"
import { COMMON_TITLE } from "./CommonEditor.tsx"

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
  /** What counts for all of them is shown. */
  readonly common: boolean
  readonly onCommon: () => void
}

export const DestinationList = ({ destinations, selected, onSelect, common, onCommon }: Props) => (
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
    <li class="common">
      <button type="button" class="destination" aria-pressed={common} onClick={onCommon}>
        {COMMON_TITLE}
      </button>
    </li>
  </ul>
)

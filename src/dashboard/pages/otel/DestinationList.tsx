import { useEffect, useRef } from "preact/hooks"
import type { DestinationStatus } from "../../api/types.ts"
import { HealthChip } from "../../components/HealthChip.tsx"
import { Name } from "../../components/Name.tsx"
import { formatName } from "../../format/names.ts"
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

export const DestinationList = ({ destinations, selected, onSelect, common, onCommon }: Props) => {
  const list = useRef<HTMLUListElement>(null)
  // Their chips come later, and move everything.
  const told = destinations.some(({ status }) => status !== undefined)
  useEffect(() => {
    // Of many, the one that a link names may be out of sight. The page itself stays where it is.
    const chosen = list.current?.querySelector('[aria-pressed="true"]')
    if (list.current !== null && chosen instanceof HTMLElement) bringInto(list.current, chosen)
  }, [selected, told])
  return (
    <ul class="destinations" ref={list}>
      {destinations.map(({ key, name, enabled, unsaved, status }) => (
        <li key={key}>
          <button type="button" class="destination" aria-pressed={key === selected} onClick={() => onSelect(key)}>
            <span class="cut" title={formatName(name)}>
              <Name>{name || "(no name yet)"}</Name>
            </span>
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
}

/** Scrolls a list, and nothing around it, as far as needed to show one of its items. */
const bringInto = (list: HTMLElement, item: HTMLElement): void => {
  const [outer, inner] = [list.getBoundingClientRect(), item.getBoundingClientRect()]
  const by = (start: number, end: number) => (start < 0 ? start : Math.max(0, end))
  list.scrollBy(
    by(inner.left - outer.left, inner.right - outer.right),
    by(inner.top - outer.top, inner.bottom - outer.bottom)
  )
}

import type { DestinationStatus, Status } from "../../api/types.ts"
import { lastDelivery } from "../../components/lastDelivery.ts"
import { storeBehind } from "../../components/storeBehind.ts"

export interface Trouble {
  readonly text: string
  /** Whose it is: where to look. */
  readonly destinations: ReadonlyArray<string>
}

/** More are named together, not told one by one. */
const TOLD = 3

/** What somebody who was woken up must know first; nothing where all is well. `now` is Unix milliseconds. */
export const troubles = (status: Status, now: number): ReadonlyArray<Trouble> => {
  const behind = storeBehind(status, now)
  return [
    ...(status.members.some(({ role }) => role === "gateway") ? [] : [ours("No gateway is heard.")]),
    ...(behind === undefined ? [] : [ours(behind)]),
    ...exportTroubles(status, now)
  ]
}

const ours = (text: string): Trouble => ({ text, destinations: [] })

const exportTroubles = ({ destinations }: Status, now: number): ReadonlyArray<Trouble> => {
  const late = destinations
    .map((status) => ({ status, delivery: lastDelivery(status, now) }))
    .filter(({ delivery }) => delivery.late)
  if (late.length > TOLD) {
    return [
      {
        text: `${late.length} of ${destinations.length} destinations take nothing`,
        destinations: late.map(({ status }) => status.name)
      }
    ]
  }
  return late.map(({ status: { name, health }, delivery }) => ({
    text: health.state === "healthy" ? delivery.text : `${stateText(health)}. ${delivery.text}`,
    destinations: [name]
  }))
}

const stateText = ({ state, lastError }: DestinationStatus["health"]): string =>
  lastError === undefined ? state : `${state} (${lastError.reason})`

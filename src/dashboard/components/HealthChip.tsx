import type { DestinationStatus } from "../api/types.ts"

const tones = { healthy: "ok", retrying: "warn", unauthorized: "bad", misconfigured: "bad", refusing: "bad" } as const

export const HealthChip = ({ status }: { readonly status: DestinationStatus }) => (
  <span class={`chip ${tones[status.health.state]}`}>
    {status.health.state}
    {status.paused && ", paused"}
  </span>
)

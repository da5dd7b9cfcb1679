import type { Destination } from "../config/CompiledConfig.ts"
import type { DestinationMonitor } from "./DestinationMonitor.ts"

/** One destination as it is configured now, and who watches it. */
export interface DestinationWork {
  readonly destination: Destination
  /** Resource attributes common to all destinations. */
  readonly common: { readonly [key: string]: string }
  readonly monitor: DestinationMonitor
}

import * as Context from "effect/Context"
import type { PublicationOrder } from "./publicationOrder.ts"

/** Which publication of the configuration this process obeys. */
export class ConfigOrder extends Context.Service<
  ConfigOrder,
  {
    /** Undefined while the one in force is of a control plane that knew of no order. Constant time. */
    readonly inForce: () => PublicationOrder | undefined
  }
>()("spangate/layers/nats/ConfigOrder") {}

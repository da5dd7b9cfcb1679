import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { DetectedResource } from "../trace/resource.ts"
import type { DestinationStatus } from "./DestinationStatus.ts"

/** One running program of ours, as last heard of. */
export interface Member {
  readonly role: "gateway" | "exporter"
  /** `service.instance.id`. */
  readonly instance: string
  readonly host: string
  readonly version: string
  /** The configuration that it has in force. */
  readonly revision: string
  /** Unix milliseconds. */
  readonly seenAt: number
}

/** What does not change of a program while it runs; people know its host as the pod, or the machine. */
export const memberOf = (
  role: Member["role"],
  { hostName, instanceId, platform, version }: DetectedResource
): Omit<Member, "revision" | "seenAt"> => ({
  role,
  instance: instanceId,
  host: platform?.["k8s.pod.name"] ?? hostName,
  version
})

/**
 * What runs, for whoever operates it. A member that has not been heard of for a while is left out. Destinations are
 * counted over all exporters.
 */
export class Fleet extends Context.Service<
  Fleet,
  {
    readonly members: Effect.Effect<ReadonlyArray<Member>>
    readonly destinations: Effect.Effect<ReadonlyArray<DestinationStatus>>
  }
>()("spangate/services/export/Fleet") {}

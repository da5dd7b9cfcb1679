/** What a process knows of itself. */
export interface DetectedResource {
  /** Of the gateway's package. */
  readonly version: string
  /** Unique per process. */
  readonly instanceId: string
  readonly hostName: string
  /** What the host's own agent reports as `host.id`, so that traces join its metrics. The host name without one. */
  readonly hostId?: string
  /** What the platform says of the process: `k8s.*`, `container.id`. */
  readonly platform?: Attributes
  /** What the operator says in `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME`. */
  readonly environment?: Attributes
}

type Attributes = { readonly [key: string]: string }

/**
 * The resource of a destination: what was detected, under the environment's `OTEL_*`, under the configuration's common
 * attributes, under the destination's own. `service.name` is always there; `telemetry.sdk.*` says who made the spans
 * and cannot be changed. Empty values are left out. Nothing but these inputs gets in, so no secret can.
 */
export const resourceAttributes = (input: {
  readonly common: Attributes
  readonly destination: Attributes
  readonly detected: DetectedResource
}): Record<string, string> => {
  const { common, destination, detected } = input
  const merged: Attributes = {
    "service.name": "spangate",
    "service.version": detected.version,
    "service.instance.id": detected.instanceId,
    "host.name": detected.hostName,
    "host.id": detected.hostId ?? detected.hostName,
    ...withoutEmpty(detected.platform ?? {}),
    ...withoutEmpty(detected.environment ?? {}),
    ...withoutEmpty(common),
    ...withoutEmpty(destination),
    "telemetry.sdk.name": "spangate",
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.version": detected.version
  }
  return withoutEmpty(merged)
}

const withoutEmpty = (attributes: Attributes): Record<string, string> =>
  Object.fromEntries(Object.entries(attributes).filter(([key, value]) => key !== "" && value !== ""))

import type { Resource } from "@opentelemetry/resources"
import type { Sender } from "../../services/export/TraceSink.ts"
import type { DetectedResource } from "../../services/trace/resource.ts"

/** Pods come and go; one that is forgotten is made anew when its next frame comes. */
const MAX_SENDERS = 1000

/** The resource of a process, with the configuration's over what it knows of itself. */
export type ResourceOf = (process: DetectedResource) => Resource

/** Senders by instance, which is one process. */
export const makeSenders = (resourceOf: ResourceOf, bytesOf: (resource: Resource) => number) => {
  const known = new Map<string, Sender>()
  return (process: DetectedResource): Sender => {
    const found = known.get(process.instanceId)
    if (found !== undefined) return found
    const resource = resourceOf(process)
    const sender = { resource, bytes: bytesOf(resource) }
    if (known.size >= MAX_SENDERS) for (const oldest of [...known.keys()].slice(0, 1)) known.delete(oldest)
    known.set(process.instanceId, sender)
    return sender
  }
}

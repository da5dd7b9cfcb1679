import * as Predicate from "effect/Predicate"
import { attributes } from "../trace/attributes.ts"
import { resourceAttributes } from "../trace/resource.ts"
import type { LeavingAttribute } from "./DestinationsApi.ts"

/** What every process knows of itself; the platform's own attributes come on top, where there is one. */
const DETECTED = { version: "-", instanceId: "-", hostName: "-" }

/** Every attribute that an exported trace can carry. `resource` as the settings write it. */
export const leavingAttributes = (resource: unknown): ReadonlyArray<typeof LeavingAttribute.Type> => {
  const common = Object.fromEntries(
    Object.entries(Predicate.isObject(resource) ? resource : {}).filter((entry): entry is [string, string] =>
      Predicate.isString(entry[1])
    )
  )
  return [
    ...[...attributes].map(([name, { content, type }]) => ({ name, type, content, on: "span" as const })),
    ...Object.keys(resourceAttributes({ common, destination: {}, detected: DETECTED })).map((name) => ({
      name,
      type: "string" as const,
      content: false,
      on: "resource" as const
    }))
  ]
}

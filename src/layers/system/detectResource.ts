import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { hostname } from "node:os"
import * as Effect from "effect/Effect"
import type { DetectedResource } from "../../services/trace/resource.ts"

const packageJson = new URL("../../../package.json", import.meta.url)

/** What this process can say of itself. The instance id is new with each start. */
export const detectResource: Effect.Effect<DetectedResource> = Effect.sync(() => ({
  version: String(JSON.parse(readFileSync(packageJson, "utf8")).version),
  instanceId: randomUUID(),
  hostName: hostname()
}))

import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"

const BUILD = fileURLToPath(new URL("../../../scripts/build-dashboard.mjs", import.meta.url))

/** Builds the dashboard where its sources are newer than what is built, as the start scripts do. */
export const dashboardBuild = Effect.sync(() => {
  const { status, stderr } = spawnSync(process.execPath, [BUILD], { encoding: "utf8" })
  if (status !== 0) throw new Error(`the dashboard was not built: ${stderr}`)
})

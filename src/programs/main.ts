/**
 * `npm start`. What Node compiles is kept for the next start, of both threads, which then takes half the time; and the
 * back office loads while this thread loads the rest.
 */
import { enableCompileCache, getCompileCacheDir } from "node:module"

enableCompileCache()
const cache = getCompileCacheDir()
if (cache !== undefined) process.env["NODE_COMPILE_CACHE"] = cache

// Not above: what is imported there is compiled before the cache is open.
const { launchWorker } = await import("../layers/worker/launchWorker.ts")
const backOffice = launchWorker(new URL("./backOffice.ts", import.meta.url))
const { start } = await import("./start.ts")
start(backOffice)

/** `npm start`. What Node compiles is kept for the next start, of the worker too, which then takes half the time. */
import { enableCompileCache, getCompileCacheDir } from "node:module"

enableCompileCache()
const cache = getCompileCacheDir()
if (cache !== undefined) process.env["NODE_COMPILE_CACHE"] = cache

await import("./start.ts")

import { Worker } from "node:worker_threads"

/** V8 would let it grow to 96 MiB, for no gain in speed: what it is full of are batches, which are no part of it. */
const MAX_YOUNG_GENERATION_MIB = 12
/** Many times what it needs. The larger it is, the more garbage V8 lets lie: with 2,000 some 15 MiB more. */
const MAX_OLD_GENERATION_MIB = 1000

/**
 * Starts a back office's thread, which loads its program and then waits for its first message. It can be started ahead
 * of need, to load while this thread does: this file pulls in nothing else. Whoever takes it over listens before that
 * message; of one that ended before, only its absence tells.
 */
export const launchWorker = (entry: URL): Worker => {
  const worker = new Worker(entry, {
    name: "spangate-back-office",
    resourceLimits: {
      maxYoungGenerationSizeMb: MAX_YOUNG_GENERATION_MIB,
      maxOldGenerationSizeMb: MAX_OLD_GENERATION_MIB
    }
  })
  // Without any listener, an entry that cannot be loaded would end the process, and nobody would be told why.
  worker.on("error", () => {})
  return worker
}

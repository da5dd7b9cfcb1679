import { Worker } from "node:worker_threads"

/**
 * Starts a back office's thread, which loads its program and then waits for its first message. It can be started ahead
 * of need, to load while this thread does: this file pulls in nothing else. Whoever takes it over listens before that
 * message; of one that ended before, only the absence tells.
 */
export const launchWorker = (entry: URL): Worker => {
  const worker = new Worker(entry, { name: "spangate-back-office" })
  // Without any listener, an entry that cannot be loaded would end the process, and nobody would be told why.
  worker.on("error", () => {})
  return worker
}

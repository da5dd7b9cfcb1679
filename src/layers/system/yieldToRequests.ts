import { readlinkSync } from "node:fs"
import { setPriority } from "node:os"
import * as Effect from "effect/Effect"

/**
 * Of two threads that want the same core, one with this niceness gets a quarter of it. With more, a request thread at
 * full load would leave too little for its own frames to be stored, and traces would be dropped.
 */
const NICENESS = 5

/**
 * Lets the request thread go first where this thread would take a core from it: the kernel then runs a request as soon
 * as it arrives, and what this thread does fills the time between requests. On Linux, where threads have a niceness of
 * their own; elsewhere they share alike.
 */
export const yieldToRequests: Effect.Effect<void> = Effect.ignore(
  Effect.try(() => {
    if (process.platform !== "linux") return
    const thread = Number(readlinkSync("/proc/thread-self").split("/").at(-1))
    if (thread > 0) setPriority(thread, NICENESS)
  })
)

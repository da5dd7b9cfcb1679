import type { Server } from "node:http"
import * as Effect from "effect/Effect"
import type { RunningRequests } from "./RunningRequests.ts"

const SWEEP_MS = 50

/** Stops accepting, lets requests end until the deadline, then interrupts what is left: each still gets its trace. */
export const drain = (server: Server, running: RunningRequests, drainMs: number): Effect.Effect<void> =>
  closed(server).pipe(
    Effect.interruptible,
    Effect.timeoutOrElse({
      duration: drainMs,
      orElse: () =>
        Effect.gen(function* () {
          yield* Effect.logWarning(`Interrupting ${running.size} requests that outlived the ${drainMs} ms drain`)
          running.interruptAll()
          yield* Effect.timeoutOption(Effect.interruptible(running.ended), "2 seconds")
          server.closeAllConnections()
        })
    })
  )

const closed = (server: Server): Effect.Effect<void> =>
  Effect.callback((resume) => {
    // Connections that become idle from now on would otherwise be kept for their next request.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
    server.close(() => {
      clearInterval(sweep)
      resume(Effect.void)
    })
    return Effect.sync(() => clearInterval(sweep))
  })

import type { Writable } from "node:stream"

/**
 * Waits so long, or until the response's connection is gone. In real time, whatever clock a test runs on:
 * a fake stands on the other side of the wire.
 */
export const pause = (ms: number, response: Writable): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      response.off("close", end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    response.on("close", end)
  })

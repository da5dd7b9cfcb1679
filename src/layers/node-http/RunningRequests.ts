import type { ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"

/** The requests under way, each interrupted when its client leaves. */
export class RunningRequests {
  private readonly responses = new Map<Fiber.Fiber<void>, ServerResponse>()
  /** Of pipelined requests that arrived before the answer to one ahead of them was whole. */
  private readonly queued = new WeakMap<Socket, Set<Fiber.Fiber<void>>>()

  get size(): number {
    return this.responses.size
  }

  add(fiber: Fiber.Fiber<void>, response: ServerResponse): void {
    if (fiber.pollUnsafe() !== undefined) {
      release(response)
      return
    }
    this.responses.set(fiber, response)
    fiber.addObserver(() => {
      this.responses.delete(fiber)
      release(response)
    })
    response.once("close", () => {
      if (!response.writableFinished) fiber.interruptUnsafe()
    })
    // Before Node 26 a response that has no socket yet does not hear when its connection closes.
    if (response.socket === null) this.interruptWith(response.req.socket, fiber)
  }

  /** Whether an answer has begun on this connection and is not whole. */
  isAnswering(socket: Duplex): boolean {
    for (const response of this.responses.values()) {
      if (response.socket === socket && response.headersSent) return true
    }
    return false
  }

  interruptAll(): void {
    for (const fiber of this.responses.keys()) fiber.interruptUnsafe()
  }

  /** Ends when those that run now have ended. */
  get ended(): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const check = () => {
        if (this.responses.size === 0) resume(Effect.void)
      }
      for (const fiber of this.responses.keys()) fiber.addObserver(check)
      check()
    })
  }

  private interruptWith(socket: Socket, fiber: Fiber.Fiber<void>): void {
    let fibers = this.queued.get(socket)
    if (fibers === undefined) {
      const all = new Set<Fiber.Fiber<void>>()
      fibers = all
      this.queued.set(socket, all)
      socket.once("close", () => {
        for (const each of all) each.interruptUnsafe()
      })
    }
    fibers.add(fiber)
    fiber.addObserver(() => this.queued.get(socket)?.delete(fiber))
  }
}

/** Whatever happened to its fiber, no response is left open. */
const release = (response: ServerResponse): void => {
  if (!response.writableEnded) response.destroy()
}

import type { IncomingMessage, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"

interface RunningRequest {
  readonly fiber: Fiber.Fiber<void>
  readonly response: ServerResponse
  /** Its place among the others. */
  index: number
}

/** The requests under way, each interrupted when its client leaves. */
export class RunningRequests {
  /** In no order. The tables that a set leaves behind would carry every request into the heap's old generation. */
  private readonly requests: Array<RunningRequest> = []
  private readonly latest = new WeakMap<Duplex, IncomingMessage>()
  /** Of pipelined requests that arrived before the answer to one ahead of them was whole. */
  private readonly queued = new WeakMap<Socket, Set<Fiber.Fiber<void>>>()

  get size(): number {
    return this.requests.length
  }

  add(fiber: Fiber.Fiber<void>, response: ServerResponse): void {
    this.latest.set(response.req.socket, response.req)
    if (fiber.pollUnsafe() !== undefined) {
      release(response)
      return
    }
    const request: RunningRequest = { fiber, response, index: this.requests.length }
    this.requests.push(request)
    fiber.addObserver(() => {
      this.remove(request)
      release(response)
    })
    response.on("close", () => {
      if (!response.writableFinished) fiber.interruptUnsafe()
    })
    // Before Node 26 a response that has no socket yet does not hear when its connection closes.
    if (response.socket === null) this.interruptWith(response.req.socket, fiber)
  }

  /** Whether an answer has begun on this connection and is not whole. */
  isAnswering(socket: Duplex): boolean {
    for (const { response } of this.requests) {
      if (response.socket === socket && response.headersSent) return true
    }
    return false
  }

  /** Whether a request of this connection is under way, or the one answered last never came whole. */
  has(socket: Duplex): boolean {
    return (
      this.latest.get(socket)?.complete === false ||
      this.requests.some(({ response }) => response.req.socket === socket)
    )
  }

  interruptAll(): void {
    for (const { fiber } of [...this.requests]) fiber.interruptUnsafe()
  }

  /** Ends when those that run now have ended. */
  get ended(): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const check = () => {
        if (this.requests.length === 0) resume(Effect.void)
      }
      for (const { fiber } of this.requests) fiber.addObserver(check)
      check()
    })
  }

  private remove(request: RunningRequest): void {
    const last = this.requests.pop()
    if (last === undefined || last === request) return
    this.requests[request.index] = last
    last.index = request.index
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

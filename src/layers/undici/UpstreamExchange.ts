import * as Effect from "effect/Effect"
import type { Dispatcher } from "undici"
import { type Flow, type Receiver, UpstreamError } from "../../services/gateway/Upstream.ts"
import { classify } from "./classify.ts"

/** undici's handler for one request, from dispatch to the last byte. It ends exactly once, whatever undici does then. */
export class UpstreamExchange implements Dispatcher.DispatchHandler, Flow {
  private controller: Dispatcher.DispatchController | undefined
  private ended = false
  private readonly receiver: Receiver
  private readonly onEnd: (effect: Effect.Effect<void, UpstreamError>) => void

  constructor(receiver: Receiver, onEnd: (effect: Effect.Effect<void, UpstreamError>) => void) {
    this.receiver = receiver
    this.onEnd = onEnd
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    // It was let go while it waited for its connection.
    if (this.ended) controller.abort(ABANDONED)
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: { [name: string]: string | Array<string> | undefined }
  ): void {
    // 1xx heads come before the real one.
    if (status < 200) return
    try {
      this.receiver.head({ status, headers }, this)
    } catch (defect) {
      this.abort(Effect.die(defect))
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.ended) return
    try {
      this.receiver.chunk(chunk)
    } catch (defect) {
      this.abort(Effect.die(defect))
    }
  }

  onResponseEnd(): void {
    this.end(Effect.void)
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    this.end(Effect.fail(new UpstreamError({ reason: classify(cause), cause })))
  }

  pause(): void {
    this.controller?.pause()
  }

  resume(): void {
    if (!this.ended) this.controller?.resume()
  }

  stop(): void {
    this.abort(Effect.void)
  }

  /** For a request that nobody waits for any more. */
  destroy(): void {
    if (this.ended) return
    this.ended = true
    this.controller?.abort(ABANDONED)
  }

  private abort(exit: Effect.Effect<void, UpstreamError>): void {
    if (this.ended) return
    this.destroy()
    this.onEnd(exit)
  }

  private end(exit: Effect.Effect<void, UpstreamError>): void {
    if (this.ended) return
    this.ended = true
    this.onEnd(exit)
  }
}

const ABANDONED = new Error("the gateway let go of the request")

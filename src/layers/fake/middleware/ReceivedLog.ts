import type * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Waiters } from "../Waiters.ts"
import type { ReceivedRequest } from "./ReceivedRequest.ts"

/** How many of the newest requests are remembered. */
const KEPT_REQUESTS = 10_000

/** What came, over whichever transport, within bounds: the newest requests, and the newest payloads. */
export class ReceivedLog {
  readonly #waiters: Waiters
  readonly #maxPayloadBytes: number
  #requests: Array<ReceivedRequest> = []
  #requestCount = 0
  #refusedCount = 0
  #payloads: Array<Uint8Array> = []
  #payloadBytes = 0

  constructor(waiters: Waiters, maxPayloadBytes: number) {
    this.#waiters = waiters
    this.#maxPayloadBytes = maxPayloadBytes
  }

  /** `ended` gets whether the answer went out whole, once its connection or its stream is through with it. */
  add(request: Omit<ReceivedRequest, "answered">): { readonly ended: (answered: boolean) => void } {
    let answered: boolean | undefined
    this.#requests.push({ ...request, answered: this.#waiters.until(() => Option.fromUndefinedOr(answered)) })
    if (this.#requests.length >= 2 * KEPT_REQUESTS) this.#requests = this.#requests.slice(-KEPT_REQUESTS)
    this.#requestCount++
    if (request.export === undefined) this.#refusedCount++
    this.#waiters.changed()
    return {
      ended: (whole) => {
        answered = whole
        this.#waiters.changed()
      }
    }
  }

  addPayload(payload: Uint8Array): void {
    this.#payloads.push(payload)
    this.#payloadBytes += payload.length
    while (this.#payloadBytes > this.#maxPayloadBytes && this.#payloads.length > 0) {
      this.#payloadBytes -= this.#payloads.shift()?.length ?? 0
    }
  }

  get counts(): { readonly requests: number; readonly refused: number } {
    return { requests: this.#requestCount, refused: this.#refusedCount }
  }

  requests(): ReadonlyArray<ReceivedRequest> {
    return this.#requests.slice(-KEPT_REQUESTS)
  }

  payloads(): ReadonlyArray<Uint8Array> {
    return [...this.#payloads]
  }

  untilRequests(count: number): Effect.Effect<ReadonlyArray<ReceivedRequest>> {
    return this.#waiters.until(() => (this.#requestCount >= count ? Option.some(this.requests()) : Option.none()))
  }

  clear(): void {
    this.#requests = []
    this.#payloads = []
    this.#requestCount = this.#refusedCount = this.#payloadBytes = 0
  }
}

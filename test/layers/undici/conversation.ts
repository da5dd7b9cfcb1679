import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import { UndiciUpstreamLayer } from "../../../src/layers/undici/UndiciUpstream.ts"
import type { Account } from "../../../src/services/config/CompiledConfig.ts"
import {
  type Flow,
  type Receiver,
  Upstream,
  type UpstreamError,
  type UpstreamHead
} from "../../../src/services/gateway/Upstream.ts"
import { rawProvider } from "./rawProvider.ts"

export const account = (origin: string): Account => ({
  name: "a",
  type: "openai-compatible",
  api: "openai",
  providerName: "a",
  origin,
  serverAddress: "127.0.0.1",
  serverPort: 80,
  headers: { authorization: "Bearer k", "x-own": "account" },
  propagateTrace: false
})

export class Heard implements Receiver {
  head_: UpstreamHead | undefined
  flow: Flow | undefined
  heads = 0
  readonly chunks: Array<Uint8Array> = []
  onHead: () => void = () => {}
  onChunk: () => void = () => {}
  readonly hasHead = Latch.makeUnsafe()
  readonly hasChunk = Latch.makeUnsafe()

  head(head: UpstreamHead, flow: Flow): void {
    this.heads++
    this.head_ = head
    this.flow = flow
    this.onHead()
    this.hasHead.openUnsafe()
  }

  chunk(bytes: Uint8Array): void {
    this.chunks.push(bytes)
    this.onChunk()
    this.hasChunk.openUnsafe()
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString()
  }
}

/** A provider, and a request that has reached it. */
export const conversation = Effect.fnUntraced(function* (
  heard: Heard = new Heard(),
  headers: { readonly [name: string]: string } = {}
) {
  const provider = yield* rawProvider
  const upstream = yield* Upstream
  const own = account(provider.origin)
  const send = (receiver: Receiver = heard) =>
    upstream.send({ account: own, path: "/v1/x?y=1", headers, body: Buffer.from('{"a":1}'), receiver })
  const fiber: Fiber.Fiber<Exit.Exit<void, UpstreamError>> = yield* Effect.forkChild(Effect.exit(send()), {
    startImmediately: true
  })
  const connection = yield* provider.next
  const request = yield* connection.request
  return { connection, fiber, heard, provider, request, send }
})

export const reasonOf = (exit: Exit.Exit<void, UpstreamError>) =>
  Exit.isFailure(exit) ? Option.getOrUndefined(Cause.findErrorOption(exit.cause))?.reason : "ok"

export const exitOf = (fiber: Fiber.Fiber<Exit.Exit<void, UpstreamError>>) => Fiber.join(fiber)

export const withUpstream = Effect.provide(UndiciUpstreamLayer)

import type { IncomingMessage, ServerResponse } from "node:http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { httpListener, type ListenFailed } from "./HttpListener.ts"
import { type AnswerStyle, demo, echo } from "./provider/AnswerStyle.ts"
import { answer } from "./provider/answer.ts"
import { type Fault, type ParsedFault, parseFault } from "./provider/Fault.ts"
import { type Outcome, RecordedRequest } from "./provider/RequestLog.ts"
import { makeWaiters } from "./Waiters.ts"

export interface FakeProviderOptions {
  /** 127.0.0.1. */
  readonly host?: string
  /** 0: a free one. */
  readonly port?: number
  /** Over `echo`, which answers at once. */
  readonly style?: Partial<AnswerStyle>
  /** When given, other keys get a 401. */
  readonly apiKey?: string
  /** How many requests `requests` remembers, the newest ones: 1000. */
  readonly keep?: number
}

/**
 * An LLM provider on a port of its own. It speaks OpenAI's dialect (`/v1/chat/completions`, `/v1/responses`,
 * `/v1/completions`, `/v1/embeddings`, `/v1/models`; Azure's paths too) and Anthropic's (`/v1/messages`), streamed or
 * not, and says back what it was told, the same for the same request. It misbehaves on demand: by `script`, by the request's
 * `x-fake-fault` header, or by a model called `fault-…`, in this order.
 */
export class FakeProvider extends Context.Service<
  FakeProvider,
  {
    /** `http://127.0.0.1:41234`. */
    readonly origin: string
    readonly port: number
    readonly script: {
      /** One for each of the next requests, in order; `ok` lets one through. */
      readonly next: (...faults: ReadonlyArray<Fault>) => void
      /** For every request that `next` has nothing for, until it is called with `ok`. */
      readonly always: (fault: Fault) => void
      readonly style: (style: Partial<AnswerStyle>) => void
    }
    /** Those with a whole body, oldest first. */
    readonly requests: () => ReadonlyArray<RecordedRequest>
    /** Requests with a whole body since the start. */
    readonly requestCount: () => number
    /** Waits until so many have come, then gives `requests()`. */
    readonly untilRequests: (count: number) => Effect.Effect<ReadonlyArray<RecordedRequest>>
    readonly openConnections: () => number
    /** Opened since the start. */
    readonly connections: () => number
    /** Waits until exactly so many are open. */
    readonly untilConnections: (open: number) => Effect.Effect<void>
    /** Forgets requests and script. */
    readonly clear: () => void
  }
>()("spangate/layers/fake/FakeProvider") {
  static readonly layer = (options: FakeProviderOptions = {}): Layer.Layer<FakeProvider, ListenFailed> =>
    Layer.effect(
      FakeProvider,
      Effect.suspend(() => make(options))
    )

  /** The provider behind accounts of type `fake`: a few friendly sentences at a reader's pace. Remembers nothing. */
  static readonly demo = FakeProvider.layer({ style: demo, keep: 0 })
}

const parsed = (fault: Fault): ParsedFault =>
  Option.getOrThrowWith(parseFault(fault), () => new Error(`there is no fault ${fault}`))

const make = Effect.fnUntraced(function* (options: FakeProviderOptions) {
  const waiters = makeWaiters()
  const keep = options.keep ?? 1000
  let style: AnswerStyle = { ...echo, ...options.style }
  let queue: Array<ParsedFault> = []
  let always: ParsedFault | undefined
  let arrived = 0
  let count = 0
  let requests: Array<RecordedRequest> = []

  const scripted = () => queue.shift() ?? always

  const onBody = (record: RecordedRequest, response: ServerResponse, body: Buffer) => {
    record.body = body
    record.complete = true
    count++
    if (keep > 0) {
      requests.push(record)
      // Cut in one go once twice as many are held: a shift per request would cost more than the answer.
      if (requests.length >= 2 * keep) requests = requests.slice(-keep)
    }
    waiters.changed()
    answer(record, response, { style, apiKey: options.apiKey, scripted })
  }

  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const record = new RecordedRequest(++arrived, request, waiters)
    response.on("close", () => {
      const outcome: Outcome = record.breaksOff
        ? "broken_off"
        : response.writableFinished
          ? "answered"
          : "closed_by_client"
      record.end(outcome)
    })
    let first: Buffer | undefined
    let rest: Array<Buffer> | undefined
    request.on("data", (chunk: Buffer) => {
      if (first === undefined) first = chunk
      else (rest ??= [first]).push(chunk)
    })
    request.on("end", () =>
      onBody(record, response, rest === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(rest))
    )
    // A body that breaks off is the client's own doing.
    request.on("error", () => {})
  }

  const listener = yield* httpListener(
    { host: options.host ?? "127.0.0.1", port: options.port ?? 0 },
    onRequest,
    waiters.changed
  )

  return FakeProvider.of({
    origin: listener.origin,
    port: listener.port,
    script: {
      next: (...faults) => {
        queue.push(...faults.map(parsed))
      },
      always: (fault) => {
        always = parsed(fault)
      },
      style: (changes) => {
        style = { ...style, ...changes }
      }
    },
    requests: () => requests.slice(-Math.max(1, keep)),
    requestCount: () => count,
    untilRequests: (wanted) =>
      waiters.until(() => (count >= wanted ? Option.some(requests.slice(-Math.max(1, keep))) : Option.none())),
    openConnections: listener.openConnections,
    connections: listener.connections,
    untilConnections: (wanted) =>
      waiters.until(() => (listener.openConnections() === wanted ? Option.some(undefined) : Option.none())),
    clear: () => {
      requests = []
      count = 0
      queue = []
      always = undefined
    }
  })
})

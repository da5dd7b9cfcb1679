import type { IncomingMessage, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { grpcListener, type OnCall } from "./GrpcListener.ts"
import { httpListener, type ListenFailed } from "./HttpListener.ts"
import { grpcCodes } from "./middleware/GrpcStatus.ts"
import { endWith, grpcStatusOf, playGrpc } from "./middleware/grpcAnswer.ts"
import { type HeldCounts, type HeldSpan, HeldTraces } from "./middleware/HeldTraces.ts"
import { type Export, readExport } from "./middleware/ingest.ts"
import { readGrpcExport } from "./middleware/ingestGrpc.ts"
import { contentTypes, statusBody } from "./middleware/otlpAnswer.ts"
import { queryApi } from "./middleware/queryApi.ts"
import { ReceivedLog } from "./middleware/ReceivedLog.ts"
import type { ReceivedRequest } from "./middleware/ReceivedRequest.ts"
import { accepts, play, type ScriptedAnswer } from "./middleware/ScriptedAnswer.ts"
import { type ServiceMap, serviceMap } from "./middleware/serviceMap.ts"
import { makeWaiters } from "./Waiters.ts"

export interface FakeMiddlewareOptions {
  /** 127.0.0.1. */
  readonly host?: string
  /** OTLP/HTTP. 0: a free one. */
  readonly port?: number
  /** OTLP/gRPC, in plaintext. 0: a free one. Without it there is none. */
  readonly grpcPort?: number | undefined
  /** Page and query API. 0: a free one. */
  readonly uiPort?: number
  /** `demo-key`. */
  readonly key?: string
  /** Larger bodies, compressed or not, get a 413: 64 MiB. */
  readonly maxBodyBytes?: number
  /** Over it the oldest traces go: 50,000. */
  readonly maxSpans?: number
  /** Of all decompressed payloads kept for `payloads`; over it the oldest go: 64 MiB. */
  readonly maxPayloadBytes?: number
}

export interface FakeMiddlewareStats extends HeldCounts {
  readonly requests: number
  readonly refused: number
  readonly connections: number
  readonly openConnections: number
}

/**
 * Middleware as an exporter sees it: OTLP/HTTP traces on `/v1/traces`, protobuf or JSON, and OTLP/gRPC on a port of its
 * own where it is asked for, gzip or not, behind a raw key.
 * What it accepts it decodes with code of its own and holds within bounds, for tests, its JSON API and its page.
 * A script answers well-formed exports in other ways; refusals (key, path, type, size, bytes) need no script.
 */
export class FakeMiddleware extends Context.Service<
  FakeMiddleware,
  {
    readonly origin: string
    /** `http://127.0.0.1:4318/v1/traces`. */
    readonly endpoint: string
    /** `http://127.0.0.1:4317`; undefined without a `grpcPort`. */
    readonly grpcEndpoint: string | undefined
    readonly uiOrigin: string
    readonly key: string
    /** One answer for each of the next well-formed exports of either kind, in order, behind those already there. */
    readonly script: (answers: ReadonlyArray<ScriptedAnswer>) => void
    /** For every export that the script has nothing for; `{}` is the plain 200. */
    readonly always: (answer: ScriptedAnswer) => void
    /** Distinct spans, in order of arrival. */
    readonly spans: () => ReadonlyArray<HeldSpan>
    readonly trace: (traceId: string) => ReadonlyArray<HeldSpan>
    readonly stats: () => FakeMiddlewareStats
    readonly serviceMap: () => ServiceMap
    /** The newest requests, refused ones too, oldest first. */
    readonly requests: () => ReadonlyArray<ReceivedRequest>
    /** Every well-formed body that came, decompressed, accepted or not, oldest first: to be searched for what must not leave. */
    readonly payloads: () => ReadonlyArray<Uint8Array>
    /** Waits until so many distinct spans were accepted since the start, then gives those held. */
    readonly untilSpans: (count: number) => Effect.Effect<ReadonlyArray<HeldSpan>>
    /** Waits until so many spans of the trace are held (1). */
    readonly untilTrace: (traceId: string, spans?: number) => Effect.Effect<ReadonlyArray<HeldSpan>>
    /** Waits until so many requests have come, refused ones too, then gives `requests()`. */
    readonly untilRequests: (count: number) => Effect.Effect<ReadonlyArray<ReceivedRequest>>
    /** Forgets spans, requests, payloads and script. */
    readonly clear: () => void
  }
>()("spangate/layers/fake/FakeMiddleware") {
  static readonly layer = (options: FakeMiddlewareOptions = {}): Layer.Layer<FakeMiddleware, ListenFailed> =>
    Layer.effect(
      FakeMiddleware,
      Effect.suspend(() => make(options))
    )
}

const make = Effect.fnUntraced(function* (options: FakeMiddlewareOptions) {
  const key = options.key ?? "demo-key"
  const maxBodyBytes = options.maxBodyBytes ?? 64 * 1024 * 1024
  const held = new HeldTraces(options.maxSpans ?? 50_000)
  const waiters = makeWaiters()
  const log = new ReceivedLog(waiters, options.maxPayloadBytes ?? 64 * 1024 * 1024)
  const connectionNumbers = new WeakMap<Socket, number>()
  let connectionCount = 0
  let queue: Array<ScriptedAnswer> = []
  let always: ScriptedAnswer = {}

  const connectionOf = (socket: Socket): number => {
    const known = connectionNumbers.get(socket)
    if (known !== undefined) return known
    connectionNumbers.set(socket, ++connectionCount)
    return connectionCount
  }

  /** Keeps a well-formed export, and says what is to become of it. */
  const take = ({ decoded, encoding, payload, spans, wireBytes }: Export, transport: "http" | "grpc") => {
    const answer = queue.shift() ?? always
    const accepted = accepts(answer, transport)
    log.addPayload(payload)
    if (accepted) held.add(decoded.request, answer.partialSuccess?.rejectedSpans ?? 0)
    const { unknownFields } = decoded
    return {
      answer,
      accepted,
      silent: answer.hang === true || answer.reset === "before-head",
      export: { encoding, spans, wireBytes, bytes: payload.length, unknownFields }
    }
  }

  const onExport = async (request: IncomingMessage, response: ServerResponse) => {
    const read = await readExport(request, key, maxBodyBytes)
    const add = (rest: Pick<ReceivedRequest, "export" | "status" | "accepted">) => {
      const { headers, method = "", rawHeaders, socket, url: path = "" } = request
      const { ended } = log.add({ method, path, headers, rawHeaders, connection: connectionOf(socket), ...rest })
      response.on("close", () => ended(response.writableFinished))
    }
    if ("refused" in read) {
      add({ export: undefined, status: read.refused, accepted: false })
      const headers = {
        "content-type": contentTypes[read.encoding],
        ...(read.refused === 405 ? { allow: "POST" } : {})
      }
      response.writeHead(read.refused, headers)
      response.end(statusBody(read.encoding, read.message))
      return
    }
    const { accepted, answer, export: received, silent } = take(read, "http")
    add({ export: received, status: silent ? undefined : (answer.status ?? 200), accepted })
    await play(response, answer, read.encoding)
  }

  const onCall = async (...[stream, headers, rawHeaders, connection]: Parameters<OnCall>) => {
    const read = await readGrpcExport(stream, headers, key, maxBodyBytes)
    const add = (rest: Pick<ReceivedRequest, "export" | "status" | "grpcStatus" | "accepted">) => {
      const { ":method": method = "", ":path": path = "" } = headers
      const { ended } = log.add({ method, path, headers, rawHeaders, connection, ...rest })
      stream.on("close", () => ended(stream.headersSent && stream.writableFinished))
    }
    if ("refused" in read) {
      add({ export: undefined, status: 200, grpcStatus: grpcCodes[read.refused.code], accepted: false })
      return endWith(stream, read.refused)
    }
    const { accepted, answer, export: received, silent } = take(read, "grpc")
    const grpcStatus = silent ? undefined : grpcCodes[grpcStatusOf(answer).code]
    add({ export: received, status: silent ? undefined : 200, grpcStatus, accepted })
    await playGrpc(stream, answer)
  }

  const address = { host: options.host ?? "127.0.0.1" }
  const otlp = yield* httpListener({ ...address, port: options.port ?? 0 }, (request, response) => {
    // A body that breaks off leaves nobody to answer; anything else is a bug of the fake and says so.
    onExport(request, response).catch((cause) => {
      if (request.complete && !response.headersSent) response.writeHead(500).end(String(cause))
      else response.destroy()
    })
  })

  const { grpcPort } = options
  const grpc =
    grpcPort === undefined
      ? undefined
      : yield* grpcListener({ ...address, port: grpcPort }, (...call) => {
          onCall(...call).catch(() => call[0].destroy())
        })

  const stats = (): FakeMiddlewareStats => ({
    ...held.counts,
    ...log.counts,
    connections: otlp.connections() + (grpc?.connections() ?? 0),
    openConnections: otlp.openConnections() + (grpc?.openConnections() ?? 0)
  })
  const clear = () => {
    held.clear()
    log.clear()
    queue = []
    always = {}
  }
  const ui = yield* httpListener({ ...address, port: options.uiPort ?? 0 }, queryApi(held, stats, clear))

  return FakeMiddleware.of({
    origin: otlp.origin,
    endpoint: `${otlp.origin}/v1/traces`,
    grpcEndpoint: grpc?.origin,
    uiOrigin: ui.origin,
    key,
    script: (answers) => {
      queue.push(...answers)
    },
    always: (answer) => {
      always = answer
    },
    spans: () => [...held.spans()],
    trace: (traceId) => held.trace(traceId),
    stats,
    serviceMap: () => serviceMap(held.spans()),
    requests: () => log.requests(),
    payloads: () => log.payloads(),
    untilSpans: (count) =>
      waiters.until(() =>
        held.counts.held + held.counts.evicted >= count ? Option.some([...held.spans()]) : Option.none()
      ),
    untilTrace: (traceId, spans = 1) =>
      waiters.until(() => {
        const found = held.trace(traceId)
        return found.length >= spans ? Option.some(found) : Option.none()
      }),
    untilRequests: (count) => log.untilRequests(count),
    clear
  })
})

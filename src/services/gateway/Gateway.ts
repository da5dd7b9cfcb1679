import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { ConfigSync } from "../config/ConfigSync.ts"
import { IdGenerator } from "../trace/IdGenerator.ts"
import { SpanPublisher } from "../trace/SpanPublisher.ts"
import { TraceClock } from "../trace/TraceClock.ts"
import type { TraceRecord } from "../trace/TraceRecord.ts"
import type { AttemptFailed } from "./AttemptFailed.ts"
import { attempts } from "./Attempts.ts"
import { Authentication } from "./Authentication.ts"
import { answerFailure } from "./answerFailure.ts"
import { authenticate } from "./authenticate.ts"
import { beginRecord } from "./beginRecord.ts"
import type { Exchange } from "./Exchange.ts"
import { GatewayMetrics } from "./GatewayMetrics.ts"
import { listModels } from "./listModels.ts"
import { ModelResolver } from "./ModelResolver.ts"
import { outcomeOf } from "./outcomeOf.ts"
import { parseClientRequest } from "./parseClientRequest.ts"
import { bodyTooLarge, methodNotAllowed, noSuchRoute, type Refusal } from "./Refusal.ts"
import { readRequestOptions } from "./RequestOptions.ts"
import { resolveModel } from "./resolveModel.ts"
import { matchRoute, type RouteMatch } from "./routes.ts"
import { Upstream } from "./Upstream.ts"
import { type Peer, type Unreadable, unreadableHead } from "./unreadableRequest.ts"

/**
 * One request from its first byte to its trace. Whatever happens (a refusal, a fault of the provider, the caller
 * leaving, the program stopping, a defect of ours) exactly one event is offered, after the answer has gone out.
 */
export class Gateway extends Context.Service<
  Gateway,
  {
    /** Never fails. Interrupt it when the caller has gone or the program must stop. */
    readonly handle: (exchange: Exchange) => Effect.Effect<void>
    /** Traces what never became a request and was answered by the listener. Gives the trace's id, for that answer. */
    readonly unreadable: (peer: Peer, reason: Unreadable) => string
  }
>()("spangate/services/gateway/Gateway") {
  static readonly layerNoDeps = Layer.effect(
    Gateway,
    Effect.gen(function* () {
      const config = yield* ConfigSync
      const authentication = yield* Authentication
      const resolver = yield* ModelResolver
      const upstream = yield* Upstream
      const publisher = yield* SpanPublisher
      const clock = yield* TraceClock
      const ids = yield* IdGenerator
      const metrics = yield* GatewayMetrics
      const now = clock.now

      const serve = Effect.fnUntraced(function* (
        exchange: Exchange,
        record: TraceRecord,
        match: RouteMatch
      ): Effect.fn.Return<void, Refusal | AttemptFailed> {
        const current = config.current()
        const { header } = record
        header.revision = current.revision
        header.capture = current.capture
        if (match._tag === "NotFound") return yield* noSuchRoute(exchange.method)
        header.route = match.route
        if (match._tag === "MethodNotAllowed") return yield* methodNotAllowed(exchange.method, match.allow)
        const principal = yield* authenticate(authentication, now, current, exchange, record)
        if (match._tag === "Models") {
          listModels(current, principal, exchange, record)
          return yield* exchange.flushed
        }

        header.api = match.api
        const options = yield* Effect.fromResult(readRequestOptions(exchange))
        record.noteOptions(options)
        const limit = current.maxBodyBytes
        const bytes = yield* Effect.mapError(exchange.readBody(limit), () => bodyTooLarge(limit))
        const request = yield* Effect.fromResult(parseClientRequest(bytes, record, match.api))
        const resolution = yield* Effect.fromResult(resolveModel(resolver, now, current, principal, record, request))
        const { streaming } = header
        yield* attempts(upstream, resolver, now, { exchange, record, request, streaming, options }, resolution)
      })

      const conclude = (
        exchange: Exchange,
        record: TraceRecord,
        match: RouteMatch,
        exit: Exit.Exit<void, Refusal | AttemptFailed>
      ) => {
        const outcome = outcomeOf(exchange, record, exit)
        try {
          if (Exit.isFailure(exit) && !exchange.clientGone()) answerFailure(exchange, record, match, exit.cause)
        } finally {
          record.close(now(), outcome)
          publisher.offer(record.event())
          metrics.request(record.header)
        }
      }

      const handle = (exchange: Exchange): Effect.Effect<void> => {
        const record = beginRecord(exchange, clock, ids)
        const match = matchRoute(exchange.method, exchange.path)
        const concluded = Effect.onExit(serve(exchange, record, match), (exit) =>
          Effect.sync(() => conclude(exchange, record, match, exit))
        )
        return Effect.catchCause(concluded, (cause) =>
          Cause.hasDies(cause)
            ? Effect.logError("A request met a defect", { requestId: record.header.requestId }, cause)
            : Effect.void
        )
      }

      const unreadable = (peer: Peer, { code, message, status }: Unreadable): string => {
        const record = beginRecord(unreadableHead(peer), clock, ids)
        const { header } = record
        const { capture, revision } = config.current()
        Object.assign(header, { capture, revision, status, errorType: code, errorMessage: message })
        record.close(now(), "completed")
        publisher.offer(record.event())
        metrics.request(header)
        return header.traceId
      }

      return Gateway.of({ handle: (exchange) => Effect.suspend(() => handle(exchange)), unreadable })
    })
  )
}

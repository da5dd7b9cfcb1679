import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { ConfigSync } from "../config/ConfigSync.ts"
import { IdGenerator } from "../trace/IdGenerator.ts"
import { SpanPublisher } from "../trace/SpanPublisher.ts"
import { TraceClock } from "../trace/TraceClock.ts"
import type { Outcome } from "../trace/TraceEvent.ts"
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
import { Refusal } from "./Refusal.ts"
import { readRequestOptions } from "./RequestOptions.ts"
import { readClientRequest } from "./readClientRequest.ts"
import { resolveModel } from "./resolveModel.ts"
import { matchRoute, type RouteMatch } from "./routes.ts"
import { Upstream } from "./Upstream.ts"

/**
 * One request from its first byte to its trace. Whatever happens (a refusal, a fault of the provider, the caller
 * leaving, the program stopping, a defect of ours) exactly one event is offered, after the answer has gone out.
 */
export class Gateway extends Context.Service<
  Gateway,
  {
    /** Never fails. Interrupt it when the caller has gone or the program must stop. */
    readonly handle: (exchange: Exchange) => Effect.Effect<void>
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

      const run = Effect.fnUntraced(function* (
        exchange: Exchange,
        record: TraceRecord,
        match: RouteMatch
      ): Effect.fn.Return<void, Refusal | AttemptFailed> {
        const current = config.current()
        record.header.revision = current.revision
        record.header.capture = current.capture
        if (match._tag === "NotFound") return yield* noSuchRoute(exchange)
        record.header.route = match.route
        if (match._tag === "MethodNotAllowed") return yield* methodNotAllowed(exchange, match.allow)
        const principal = yield* authenticate(authentication, now, current, exchange, record)
        if (match._tag === "Models") return listModels(current, principal, exchange, record)

        const options = yield* Effect.fromResult(readRequestOptions(exchange))
        record.noteOptions(options)
        const request = yield* readClientRequest(exchange, record, match.api, current.maxBodyBytes)
        const streaming = request.json["stream"] === true
        record.header.streaming = streaming
        const resolution = yield* resolveModel(resolver, now, current, principal, record, request, streaming)
        yield* attempts(
          upstream,
          resolver,
          now,
          { exchange, record, config: current, request, streaming, options },
          resolution
        )
      })

      const close = (
        exchange: Exchange,
        record: TraceRecord,
        match: RouteMatch,
        exit: Exit.Exit<void, Refusal | AttemptFailed>
      ) => {
        let outcome: Outcome = "completed"
        if (exchange.clientGone()) {
          outcome = "client_disconnected"
        } else if (Exit.isFailure(exit)) {
          outcome = Cause.hasInterruptsOnly(exit.cause) ? "shutdown" : "completed"
          if (exchange.headSent()) outcome = outcome === "shutdown" ? outcome : "failed"
          answerFailure(exchange, record, match, exit.cause)
        } else if (record.attempt?.outcome === "failed") {
          outcome = "failed"
        }
        const event = record.finish(now(), outcome)
        publisher.offer(event)
        metrics.request(event.header)
      }

      const handle = (exchange: Exchange): Effect.Effect<void> => {
        const record = beginRecord(exchange, clock, ids)
        const match = matchRoute(exchange.method, exchange.path)
        return Effect.exit(
          Effect.onExit(run(exchange, record, match), (exit) => {
            close(exchange, record, match, exit)
            return Exit.isFailure(exit) && Cause.hasDies(exit.cause)
              ? Effect.logError("A request met a defect", { requestId: record.header.requestId }, exit.cause)
              : Effect.void
          })
        )
      }

      return Gateway.of({ handle })
    })
  )
}

const noSuchRoute = (exchange: Exchange): Refusal =>
  new Refusal({
    status: 404,
    type: "invalid_request_error",
    code: "route_not_found",
    message: `There is no ${exchange.method.slice(0, 16)} route here. Use POST /v1/chat/completions, /v1/completions, /v1/embeddings or /v1/messages, or GET /v1/models.`
  })

const methodNotAllowed = (exchange: Exchange, allow: string): Refusal =>
  new Refusal({
    status: 405,
    type: "invalid_request_error",
    code: "method_not_allowed",
    message: `${exchange.method.slice(0, 16)} is not allowed here: use ${allow}.`
  })

/** Sends once with a key in its headers that the server refuses, for a look at what is logged meanwhile. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import { openGrpcSink } from "../../../src/layers/otlp/GrpcSink.ts"
import { deliveringSink } from "../../contracts/delivery/deliveringSink.ts"

const send = Effect.gen(function* () {
  const { grpcEndpoint = "" } = yield* FakeMiddleware
  const headers = { authorization: Redacted.make("canary-key"), "x-tenant": Redacted.make("canary-key-2") }
  const sink = yield* deliveringSink(openGrpcSink, grpcEndpoint, { protocol: "grpc", headers }, 10_000)
  const failure = yield* Effect.flip(sink.send(1))
  yield* Effect.logInfo(failure)
  yield* Effect.logInfo("UNAUTHENTICATED sent")
})

await Effect.runPromise(send.pipe(Effect.scoped, Effect.provide(FakeMiddleware.layer({ grpcPort: 0 }))))

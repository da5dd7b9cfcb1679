import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { TraceSinks } from "../../services/export/TraceSink.ts"
import { FakeMiddleware } from "./FakeMiddleware.ts"

/** Over any TraceSinks: every destination's traces go to the fake Middleware, over the same wire as the real ones. */
export const FakeTraceSinksLayer = <E, R>(real: Layer.Layer<TraceSinks, E, R>) =>
  Layer.effect(
    TraceSinks,
    Effect.gen(function* () {
      const { open } = yield* TraceSinks
      const { endpoint, grpcEndpoint, key } = yield* FakeMiddleware
      const headers = { authorization: Redacted.make(key) }
      return TraceSinks.of({
        open: (destination, common) =>
          open(
            destination.protocol === "grpc" && grpcEndpoint !== undefined
              ? { ...destination, endpoint: grpcEndpoint, headers }
              : { ...destination, protocol: "http", endpoint, headers },
            common
          )
      })
    })
  ).pipe(Layer.provide(real))

import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { FakeMiddleware } from "../layers/fake/FakeMiddleware.ts"

const Port = (name: string, otherwise: number) => Config.Int(name).pipe(Config.withDefault(otherwise))

const layer = (grpcPort: Config.Config<number | undefined>) =>
  Layer.unwrap(
    Effect.gen(function* () {
      return FakeMiddleware.layer({
        host: yield* Config.String("SPANGATE_HOST").pipe(Config.withDefault("127.0.0.1")),
        port: yield* Port("MIDDLEWARE_PORT", 4318),
        grpcPort: yield* grpcPort,
        uiPort: yield* Port("MIDDLEWARE_UI_PORT", 4319),
        key: yield* Config.String("MIDDLEWARE_API_KEY").pipe(Config.withDefault("demo-key"))
      })
    })
  )

/**
 * The fake Middleware where `MIDDLEWARE_PORT`, `MIDDLEWARE_UI_PORT` and `MIDDLEWARE_API_KEY` put it; it takes gRPC where
 * `MIDDLEWARE_GRPC_PORT` says.
 */
export const fakeMiddleware = layer(
  Config.Int("MIDDLEWARE_GRPC_PORT").pipe(Config.option, Config.map(Option.getOrUndefined))
)

/** The same, with gRPC on 4317 unless it is told otherwise. */
export const wholeFakeMiddleware = layer(Port("MIDDLEWARE_GRPC_PORT", 4317))

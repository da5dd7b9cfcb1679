import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FakeMiddleware } from "../layers/fake/FakeMiddleware.ts"

const Port = (name: string, otherwise: number) => Config.Int(name).pipe(Config.withDefault(otherwise))

/** The fake Middleware where `MIDDLEWARE_PORT`, `MIDDLEWARE_UI_PORT` and `MIDDLEWARE_API_KEY` put it. */
export const fakeMiddleware = Layer.unwrap(
  Effect.gen(function* () {
    return FakeMiddleware.layer({
      host: yield* Config.String("SPANGATE_HOST").pipe(Config.withDefault("127.0.0.1")),
      port: yield* Port("MIDDLEWARE_PORT", 4318),
      uiPort: yield* Port("MIDDLEWARE_UI_PORT", 4319),
      key: yield* Config.String("MIDDLEWARE_API_KEY").pipe(Config.withDefault("demo-key"))
    })
  })
)

import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FakeMiddleware } from "../layers/fake/FakeMiddleware.ts"
import { runProgram } from "./runProgram.ts"

const Port = (name: string, otherwise: number) => Config.Int(name).pipe(Config.withDefault(otherwise))

const Middleware = Layer.unwrap(
  Effect.gen(function* () {
    return FakeMiddleware.layer({
      host: yield* Config.String("SPANGATE_HOST").pipe(Config.withDefault("127.0.0.1")),
      port: yield* Port("MIDDLEWARE_PORT", 4318),
      uiPort: yield* Port("MIDDLEWARE_UI_PORT", 4319),
      key: yield* Config.String("MIDDLEWARE_API_KEY").pipe(Config.withDefault("demo-key"))
    })
  })
)

const ReadyLines = Layer.effectDiscard(
  Effect.gen(function* () {
    const middleware = yield* FakeMiddleware
    yield* Console.log(`spangate middleware listening on ${middleware.origin}`)
    yield* Console.log(`spangate middleware ui on ${middleware.uiOrigin}`)
  })
)

runProgram(Layer.launch(ReadyLines.pipe(Layer.provide(Middleware))))

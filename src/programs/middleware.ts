/** `npm run middleware`: the fake Middleware by itself, for a gateway that runs elsewhere. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { FakeMiddleware } from "../layers/fake/FakeMiddleware.ts"
import { wholeFakeMiddleware } from "./fakeMiddleware.ts"
import { runProgram } from "./runProgram.ts"

const serve = Effect.gen(function* () {
  const middleware = yield* FakeMiddleware
  yield* Console.log(`spangate middleware listening on ${middleware.origin}`)
  yield* Console.log(`spangate middleware grpc on ${middleware.grpcEndpoint}`)
  yield* Console.log(`spangate middleware ui on ${middleware.uiOrigin}`)
  return yield* Effect.never
})

runProgram(Effect.provide(serve, wholeFakeMiddleware))

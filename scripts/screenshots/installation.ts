import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { controlUrlOf } from "../../test/control-e2e/kit/listening.ts"
import { serving } from "../../test/e2e/kit/Program.ts"
import { temporaryDirectory } from "../../test/e2e/kit/temporaryDirectory.ts"
import { makeChanges } from "./changes.ts"
import { answerTo } from "./dialogues.ts"
import { writeHistory } from "./history.ts"
import { settings } from "./settings.ts"
import { sendTraffic } from "./traffic.ts"

/** A fake provider and a fake Middleware, and another one whose key nobody has. */
const outside = Effect.gen(function* () {
  const fakes = yield* Layer.build(
    Layer.merge(
      FakeProvider.layer({ style: { text: answerTo, firstTokenMs: 40, tokenMs: 2 } }),
      FakeMiddleware.layer({ port: 4318, key: "mwk-3f61c08b7d2e" })
    )
  )
  const other = yield* Layer.build(FakeMiddleware.layer())
  return {
    provider: Context.get(fakes, FakeProvider),
    middleware: Context.get(fakes, FakeMiddleware),
    refusing: Context.get(other, FakeMiddleware)
  }
})

/** `npm start` as it looks after six hours at a small company. Gives where the dashboard is, and a trace worth seeing. */
export const installation = Effect.gen(function* () {
  const { provider, middleware, refusing } = yield* outside
  const directory = yield* temporaryDirectory
  const text = settings({
    provider: provider.origin,
    endpoint: middleware.endpoint,
    key: middleware.key,
    refusing: refusing.endpoint
  })
  writeFileSync(join(directory, "spangate.yaml"), text)
  yield* writeHistory(join(directory, "data"))
  const program = yield* serving({ directory })
  const control = yield* controlUrlOf(program)
  yield* makeChanges(control)
  const traceId = yield* sendTraffic(program.url, provider)
  yield* middleware.untilTrace(traceId)
  return { url: `${control}/`, traceId }
})

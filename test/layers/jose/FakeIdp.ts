import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { JwksFetch, JwksFetchError } from "../../../src/layers/jose/JwksFetch.ts"

export type Answer = Effect.Effect<string, JwksFetchError>

export const down: Answer = Effect.fail(new JwksFetchError({ message: "Answered 503" }))

/** An identity provider without a network: the answer is what the test says, each fetch is noted when it begins. */
export class FakeIdp extends Context.Service<
  FakeIdp,
  { answer: Answer; readonly fetched: Array<string>; readonly interrupted: Array<string> }
>()("test/layers/jose/FakeIdp") {
  static readonly layer = Layer.effect(
    JwksFetch,
    Effect.map(FakeIdp, (idp) =>
      JwksFetch.of({
        fetch: (url) =>
          Effect.suspend(() => {
            idp.fetched.push(url)
            return idp.answer
          }).pipe(Effect.onInterrupt(() => Effect.sync(() => idp.interrupted.push(url))))
      })
    )
  ).pipe(Layer.provideMerge(Layer.sync(FakeIdp, () => ({ answer: down, fetched: [], interrupted: [] }))))
}

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Jwks } from "../../../src/layers/jose/Jwks.ts"
import { type KeySet, parseKeySet } from "../../../src/layers/jose/KeySet.ts"
import { jwksOf, type SigningKey } from "./identityProvider.ts"

/** Keys as a test sets them, and the issuers a refresh was asked for. */
export class FakeJwks extends Context.Service<FakeJwks, { keys: KeySet | undefined; readonly asked: Array<string> }>()(
  "test/layers/jose/FakeJwks"
) {
  static readonly layer = Layer.effect(
    Jwks,
    Effect.map(FakeJwks, (fake) =>
      Jwks.of({
        keysOf: () => fake.keys,
        unknownKey: ({ issuer }) => {
          fake.asked.push(issuer)
        }
      })
    )
  ).pipe(Layer.provideMerge(Layer.sync(FakeJwks, () => ({ keys: undefined, asked: [] }))))
}

export const publish = Effect.fnUntraced(function* (...keys: ReadonlyArray<SigningKey>) {
  const fake = yield* FakeJwks
  fake.keys = yield* Effect.orDie(parseKeySet(jwksOf(...keys)))
})

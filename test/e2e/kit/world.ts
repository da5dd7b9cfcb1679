import * as Layer from "effect/Layer"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../../src/layers/fake/FakeProvider.ts"

/** Of the destination, as it goes over the wire: raw, without a scheme. */
export const DESTINATION_KEY = "canary-destination-key"

/** Everything outside the program: a provider and a Middleware, in the test's own process. */
export const world = Layer.mergeAll(
  FakeProvider.layer(),
  FakeMiddleware.layer({ key: DESTINATION_KEY, maxSpans: 1_000_000 })
)

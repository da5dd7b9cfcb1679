import { afterAll, beforeAll } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as NatsTraceBus from "../../../src/layers/nats/NatsTraceBus.ts"
import { traceBusContract } from "../../contracts/traceBus.ts"
import { emptied, linkTo, streamSettings } from "./links.ts"
import { type NatsServer, natsServer } from "./server.ts"

/** Of a message with our headers and a short subject, beside the frame's bytes. */
const OVERHEAD = 174

const scope = Scope.makeUnsafe()
let server: NatsServer

beforeAll(async () => {
  server = await Effect.runPromise(Scope.provide(natsServer(), scope))
})
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

traceBusContract(
  "NatsTraceBus",
  (maxBytes) =>
    Layer.suspend(() =>
      NatsTraceBus.layer(streamSettings({ maxStreamBytes: maxBytes })).pipe(
        Layer.provide(Layer.effectDiscard(emptied)),
        Layer.provide(linkTo(server.url))
      )
    ),
  OVERHEAD,
  "gives up"
)

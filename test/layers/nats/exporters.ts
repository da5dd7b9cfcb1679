import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { makeAccountBook } from "../../../src/layers/nats/AccountBook.ts"
import { NatsLink } from "../../../src/layers/nats/NatsLink.ts"
import * as NatsTraceBus from "../../../src/layers/nats/NatsTraceBus.ts"
import { STREAM, type StreamSettings } from "../../../src/layers/nats/traceStream.ts"
import { type Subscription, TraceBus } from "../../../src/services/trace/TraceBus.ts"
import { assertBalanced } from "../../contracts/traceBus.ts"
import { linkTo, streamSettings } from "./links.ts"

/** An exporter's bus, as in a process of its own, gone with the scope. */
export const exporter = Effect.fnUntraced(function* (url: string, more: Partial<StreamSettings> = {}) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const settings = streamSettings(more)
  const layer = NatsTraceBus.layer(settings).pipe(Layer.provideMerge(linkTo(url)))
  const context = yield* Layer.buildWithScope(Layer.fresh(layer), scope)
  const [bus, link] = [Context.get(context, TraceBus), Context.get(context, NatsLink)]
  yield* link.whenUp
  return {
    bus,
    link,
    book: makeAccountBook(link, settings),
    /** Ends with the exporter. */
    subscribe: (consumer: string) => Scope.provide(bus.subscribe(consumer), scope),
    stream: link.use(async (connection) => (await connection.jetstreamManager()).streams.info(STREAM))
  }
})

export const balanced = (subscription: Subscription) =>
  Effect.tap(subscription.ledger, (ledger) => Effect.sync(() => assertBalanced(ledger)))

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeAccountBook } from "./AccountBook.ts"
import { durableName } from "./consumerNames.ts"
import type { NatsAway } from "./NatsAway.ts"
import { NatsLink } from "./NatsLink.ts"
import { openConsumer } from "./openConsumer.ts"
import type { PublicationOrder } from "./publicationOrder.ts"
import { ensureStream, type StreamSettings } from "./traceStream.ts"

export interface Claim {
  /** Of the configuration that wants them: no exporter removes one of them whose own is not later. */
  readonly order: PublicationOrder
  /** New ones get all that is in the stream already: it holds nothing from before anybody wanted anything. */
  readonly whole: boolean
}

/**
 * Gives consumers their place in the trace stream before the configuration that names them is in force anywhere, so
 * that no trace can be captured that its destination's account does not count, whether an exporter has ever run or not.
 */
export class TraceConsumers extends Context.Service<
  TraceConsumers,
  {
    /** What is published after this returned reaches each of them. */
    readonly claim: (consumers: Iterable<string>, claim: Claim) => Effect.Effect<void, NatsAway>
  }
>()("spangate/layers/nats/TraceConsumers") {
  /** `always` are wanted by every configuration: the trace store's, where there is one to read it. */
  static readonly layer = (
    settings: StreamSettings,
    always: ReadonlyArray<string> = []
  ): Layer.Layer<TraceConsumers, never, NatsLink> =>
    Layer.effect(
      TraceConsumers,
      Effect.map(NatsLink, (link) => {
        const book = makeAccountBook(link, settings)
        return TraceConsumers.of({
          claim: Effect.fnUntraced(function* (consumers, { order, whole }) {
            const options = { wanted: order, ...(whole ? { origin: 0 } : {}) }
            yield* ensureStream(link, settings)
            for (const consumer of new Set([...consumers, ...always])) {
              yield* openConsumer(link, book, durableName(consumer), options)
            }
          })
        })
      })
    )
}

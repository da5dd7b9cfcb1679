import type * as Effect from "effect/Effect"
import type { AccountBook } from "./AccountBook.ts"
import type { NatsAway } from "./NatsAway.ts"
import type { NatsLink } from "./NatsLink.ts"
import type { StreamIndex } from "./StreamIndex.ts"

/** What one subscription gets of the bus that it is a part of. */
export interface SubscriptionParts {
  readonly link: NatsLink["Service"]
  readonly book: AccountBook
  readonly index: StreamIndex
  readonly name: string
  readonly durable: string
  /** Where its account is written down to. */
  readonly through: number
  /** When the stream was made that the frames are of. */
  readonly stream: string
  /** Called when the consumer is not there: where that is because a server lost its disk, it is made anew, for whoever subscribes next. */
  readonly renew: Effect.Effect<void, NatsAway>
  /** Whether it is still the one that this process follows. */
  readonly isCurrent: () => boolean
  /** Where it begins, as far as this process knows. */
  readonly first: () => number
}

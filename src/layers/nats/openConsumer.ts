import * as Effect from "effect/Effect"
import { AckPolicy, DeliverPolicy, type JetStreamManager, nanos } from "nats"
import type { AccountBook } from "./AccountBook.ts"
import { inStream, newAccount, want } from "./ConsumerAccount.ts"
import { MAX_IN_HAND, SILENCE_MS } from "./inHand.ts"
import { CONSUMER_NOT_FOUND, refusal } from "./NatsAway.ts"
import type { NatsLink } from "./NatsLink.ts"
import type { PublicationOrder } from "./publicationOrder.ts"
import { FRAME_SUBJECTS, STREAM } from "./traceStream.ts"

export interface OpenConsumer {
  /** Where a new one begins; the log's end unless told otherwise. */
  readonly origin?: number
  /** The publication of the configuration that it is wanted by. */
  readonly wanted?: PublicationOrder
}

/**
 * Finds the consumer, or makes it: its account first, which is the truth, and then the durable, which begins where the
 * account says. Nothing goes from the stream that a consumer with an account has not settled, so one whose durable is
 * missing gets another and has lost nothing. The stream must be there.
 */
export const openConsumer = Effect.fnUntraced(function* (
  link: NatsLink["Service"],
  book: AccountBook,
  durable: string,
  { origin, wanted }: OpenConsumer = {}
) {
  const manager = <A>(ask: (manager: JetStreamManager) => Promise<A>) =>
    link.use(async (connection) => ask(await connection.jetstreamManager({ checkAPI: false })))

  const { created: stream, state } = yield* manager(({ streams }) => streams.info(STREAM))
  yield* book.open(durable, newAccount(origin ?? state.last_seq))
  const account = yield* book.update(durable, (before) => {
    const here = inStream(before, stream)
    return wanted === undefined ? here : want(here, wanted)
  })
  yield* manager(({ consumers }) => consumers.info(STREAM, durable)).pipe(
    Effect.catchIf(
      (error) => refusal(error) === CONSUMER_NOT_FOUND,
      () =>
        manager(({ consumers }) =>
          consumers.add(STREAM, {
            durable_name: durable,
            ack_policy: AckPolicy.Explicit,
            ack_wait: nanos(SILENCE_MS),
            max_ack_pending: MAX_IN_HAND,
            filter_subject: FRAME_SUBJECTS,
            // The log's end, as the account has it: instances that come at the same time make the same consumer.
            deliver_policy: DeliverPolicy.StartSequence,
            opt_start_seq: account.origin + 1
          })
        )
    )
  )
  return { stream, account }
})

import * as Effect from "effect/Effect"
import { consumerOpts, type JetStreamSubscription } from "nats"
import { readFrame, readLoss, readSize, storedBytes } from "./frameHeaders.ts"
import type { OldMessage } from "./givingUp.ts"
import type { NatsAway } from "./NatsAway.ts"
import type { NatsLink } from "./NatsLink.ts"
import { ALL_SUBJECTS, STREAM } from "./traceStream.ts"

/** Read in one go; the rest has its turn at the next look. */
const MOST = 10_000
const PATIENCE = "5 seconds"

export interface Oldest {
  /** The stream's first message. */
  readonly first: number
  /** No message after this one. */
  readonly through: number
  /** That they take up in the stream, or a message's worth more. */
  readonly bytes: number
}

/**
 * The stream's first messages, by their headers alone. Gives none where the stream no longer begins at `first`: somebody
 * else has made room meanwhile, and what was to be freed may be free.
 */
export const oldestMessages = Effect.fnUntraced(function* (
  link: NatsLink["Service"],
  { bytes, first, through }: Oldest
): Effect.fn.Return<ReadonlyArray<OldMessage>, NatsAway> {
  const read = async (subscription: JetStreamSubscription): Promise<ReadonlyArray<OldMessage>> => {
    const found: Array<OldMessage> = []
    let missing = bytes
    for await (const { headers, info, seq, subject } of subscription) {
      if (seq > through) break
      const loss = readLoss(headers)
      found.push(
        loss === undefined
          ? { sequence: seq, spans: readFrame(headers).spans, bytes: readSize(headers) }
          : { sequence: seq, spans: 0, bytes: 0, loss }
      )
      missing -= storedBytes(subject, headers)
      if (missing <= 0 || seq === through || info.pending === 0 || found.length === MOST) break
    }
    return found
  }
  const messages = yield* Effect.acquireUseRelease(
    link.use((connection) =>
      connection
        .jetstream()
        .subscribe(
          ALL_SUBJECTS,
          consumerOpts({}).bindStream(STREAM).orderedConsumer().headersOnly().startSequence(first)
        )
    ),
    (subscription) => link.use(() => read(subscription)),
    (subscription) => Effect.sync(() => subscription.unsubscribe())
  ).pipe(Effect.timeoutOrElse({ duration: PATIENCE, orElse: () => Effect.succeed([]) }))
  const { state } = yield* link.use(async (connection) =>
    (await connection.jetstreamManager({ checkAPI: false })).streams.info(STREAM)
  )
  return messages[0]?.sequence === first && state.first_seq === first ? messages : []
})

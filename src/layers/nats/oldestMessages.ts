import * as Effect from "effect/Effect"
import { consumerOpts, type JetStreamSubscription } from "nats"
import { readFrame, readLoss, readSize, storedBytes } from "./frameHeaders.ts"
import type { OldMessage } from "./givingUp.ts"
import type { NatsAway } from "./NatsAway.ts"
import type { NatsLink } from "./NatsLink.ts"
import { ALL_SUBJECTS, STREAM } from "./traceStream.ts"

/** Read in one go; the rest has its turn at the next look. Somewhat more than a gigabit link brings in until then. */
const MOST_BYTES = 128 * 1024 ** 2
const MOST = 10_000
const PATIENCE = "5 seconds"

export interface Oldest {
  /** When the stream was made. */
  readonly stream: string
  /** The stream's first message. */
  readonly first: number
  /** No message after this one. */
  readonly through: number
  /** That they take up in the stream, or a message's worth more. */
  readonly bytes: number
}

/**
 * The stream's first messages, by their headers alone: of what is asked for, as many as the server gives in five
 * seconds. Gives none where the stream no longer begins at `first`: somebody else has made room meanwhile, and what was
 * to be freed may be free. Nor where it is another.
 */
export const oldestMessages = Effect.fnUntraced(function* (
  link: NatsLink["Service"],
  { bytes, first, stream, through }: Oldest
): Effect.fn.Return<ReadonlyArray<OldMessage>, NatsAway> {
  const found: Array<OldMessage> = []
  const read = async (subscription: JetStreamSubscription): Promise<void> => {
    let missing = Math.min(bytes, MOST_BYTES)
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
  }
  yield* Effect.acquireUseRelease(
    link.use((connection) =>
      connection
        .jetstream()
        .subscribe(
          ALL_SUBJECTS,
          consumerOpts({}).bindStream(STREAM).orderedConsumer().headersOnly().startSequence(first)
        )
    ),
    // A part is as good as the whole, and where the server is at its limits the whole would never come.
    (subscription) => link.use(() => read(subscription)).pipe(Effect.timeoutOption(PATIENCE)),
    (subscription) => removed(link, subscription)
  )
  const messages = [...found]
  const { created, state } = yield* link.use(async (connection) =>
    (await connection.jetstreamManager({ checkAPI: false })).streams.info(STREAM)
  )
  return messages[0]?.sequence === first && state.first_seq === first && created === stream ? messages : []
})

/** The server would keep its consumer for some seconds more, and whoever looks at the consumers would come upon it. */
const removed = (link: NatsLink["Service"], subscription: JetStreamSubscription): Effect.Effect<void> =>
  Effect.sync(() => subscription.unsubscribe()).pipe(
    Effect.andThen(link.use(() => subscription.destroy())),
    Effect.ignore
  )

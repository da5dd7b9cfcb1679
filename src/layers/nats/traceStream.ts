import * as Effect from "effect/Effect"
import { DiscardPolicy, nanos, RetentionPolicy, StorageType, type StreamConfig } from "nats"
import { type NatsAway, refusal, STREAM_NOT_FOUND } from "./NatsAway.ts"
import type { NatsLink } from "./NatsLink.ts"
import type { NatsSettings } from "./NatsSettings.ts"

export const STREAM = "spangate_traces"
/** Everything in the stream. */
export const ALL_SUBJECTS = "spangate.traces.>"
/** Frames alone: losses have a part more. */
export const FRAME_SUBJECTS = "spangate.traces.*.*"

export type StreamSettings = Pick<NatsSettings, "replicas" | "maxStreamBytes" | "maxAgeMs" | "tenant" | "deployment">

export const frameSubject = ({ deployment, tenant }: StreamSettings): string =>
  `spangate.traces.${tenant}.${deployment}`
export const lossSubject = (settings: StreamSettings): string => `${frameSubject(settings)}.lost`

/** A publication that came twice within this time is stored once. Costs the server about 100 bytes a message. */
const DUPLICATES_MS = 10 * 60 * 1000

const config = ({ maxAgeMs, maxStreamBytes, replicas }: StreamSettings): Partial<StreamConfig> => ({
  name: STREAM,
  subjects: [ALL_SUBJECTS],
  // Many readers, each at its own pace. The server would keep what all have read until it is full or too old, and
  // refuse what is new: whoever reads therefore also removes what everybody has settled (`reclaim`).
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  // The default throws away the oldest, and says so to nobody.
  discard: DiscardPolicy.New,
  max_bytes: maxStreamBytes,
  max_age: nanos(maxAgeMs),
  duplicate_window: nanos(Math.min(DUPLICATES_MS, maxAgeMs)),
  num_replicas: replicas
})

/** Creates the stream where it is missing, and brings its bounds to what the settings say where they differ. */
export const ensureStream = Effect.fnUntraced(function* (
  link: NatsLink["Service"],
  settings: StreamSettings
): Effect.fn.Return<void, NatsAway> {
  const wanted = config(settings)
  const found = yield* link
    .use(async (connection) => (await (await connection.jetstreamManager()).streams.info(STREAM)).config)
    .pipe(
      Effect.catch((error) => (refusal(error) === STREAM_NOT_FOUND ? Effect.succeed(undefined) : Effect.fail(error)))
    )
  if (found === undefined) {
    yield* link.use(async (connection) => (await connection.jetstreamManager()).streams.add(wanted))
    return
  }
  const { max_age, max_bytes, num_replicas } = wanted
  if (found.max_bytes === max_bytes && found.max_age === max_age && found.num_replicas === num_replicas) return
  yield* link.use(async (connection) => (await connection.jetstreamManager()).streams.update(STREAM, wanted))
})

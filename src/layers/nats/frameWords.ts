import type * as Effect from "effect/Effect"
import type { DeliveredFrame } from "./FramePull.ts"
import type { NatsAway } from "./NatsAway.ts"
import type { NatsLink } from "./NatsLink.ts"

const ANSWER_MS = 2000

/** `+ACK`: settled. `-NAK`: somebody else may have it now. `+WPI`: still being worked on. */
export type Word = "+ACK" | "-NAK" | "+WPI"

/** Says a word on each of the frames, and waits for nothing. */
export const say = (
  link: NatsLink["Service"],
  frames: ReadonlyArray<DeliveredFrame>,
  word: Word
): Effect.Effect<void, NatsAway> =>
  link.use(async (connection) => {
    for (const { reply } of frames) connection.publish(reply, word)
  })

/** Words for a consumer are worked off in order: the answer to the last one speaks for all. */
export const sayAndHear = (
  link: NatsLink["Service"],
  frames: ReadonlyArray<DeliveredFrame>,
  word: Word
): Effect.Effect<void, NatsAway> =>
  link.use(async (connection) => {
    const last = frames.at(-1)
    if (last === undefined) return
    for (const { reply } of frames.slice(0, -1)) connection.publish(reply, word)
    await connection.request(last.reply, word, { timeout: ANSWER_MS })
  })

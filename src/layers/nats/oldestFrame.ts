import * as Effect from "effect/Effect"
import type { NatsAway } from "./NatsAway.ts"
import type { NatsLink } from "./NatsLink.ts"
import { FRAME_SUBJECTS, STREAM } from "./traceStream.ts"

const ANSWER_MS = 2000

interface Stored {
  readonly message?: { readonly hdrs?: string }
}

/** When the first frame after a sequence was published, asked of the stream once for each sequence. */
export const makeOldestFrame = (
  link: NatsLink["Service"]
): ((floor: number) => Effect.Effect<number | undefined, NatsAway>) => {
  let known: { readonly floor: number; readonly publishedAt: number } | undefined
  return (floor) =>
    Effect.suspend(() => {
      if (known?.floor === floor) return Effect.succeed(known.publishedAt)
      return link.use(async (connection) => {
        const request = JSON.stringify({ seq: floor + 1, next_by_subj: FRAME_SUBJECTS })
        const answer = await connection.request(`$JS.API.STREAM.MSG.GET.${STREAM}`, request, { timeout: ANSWER_MS })
        const publishedAt = publishedAtOf(answer.json<Stored>())
        known = publishedAt === undefined ? undefined : { floor, publishedAt }
        return publishedAt
      })
    })
}

/** Of the headers in the server's answer; undefined where there is no such message any more. */
const publishedAtOf = ({ message }: Stored): number | undefined => {
  const headers = Buffer.from(message?.hdrs ?? "", "base64").toString()
  const line = /^Spangate-Frame: \d+ \d+ (\d+)\r?$/m.exec(headers)
  return line === null ? undefined : Number(line[1])
}

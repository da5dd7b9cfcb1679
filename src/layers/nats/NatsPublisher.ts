import { hash } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { MsgHdrs } from "nats"
import type { Frame } from "../../services/trace/TraceBus.ts"
import { frameHeaders, type Loss, lossHeaders } from "./frameHeaders.ts"
import { NatsAway, PublishRefused } from "./NatsAway.ts"
import type { NatsLink } from "./NatsLink.ts"
import { splitFrame } from "./splitFrame.ts"
import { frameSubject, lossSubject, STREAM, type StreamSettings } from "./traceStream.ts"

/** Longer than the election of a leader would be too long to wait, shorter would send twice what was only slow. */
const ACK_MS = 2000
/** A publication holds about four times its size in the client until it is answered. */
const MAX_IN_FLIGHT = 64
const MAX_IN_FLIGHT_BYTES = 16 * 1024 ** 2
/** Subject and headers count against the server's bound of a message. */
const HEADER_ROOM = 1024

/** The same bytes have the same id, in whichever process and however often they are published. */
export const contentId = (bytes: Uint8Array): string => hash("sha256", bytes, "base64url").slice(0, 32)

export interface NatsPublisher {
  /** Stored when it returns. Fails at once where too much is on its way already. */
  readonly publish: (frame: Frame, id: string) => Effect.Effect<void, NatsAway>
  /** Stored once however often it is published with the same id. */
  readonly publishLoss: (loss: Loss, id: string) => Effect.Effect<void, NatsAway>
}

/** Publishes to the trace stream, each message confirmed by it. */
export const makeNatsPublisher = (link: NatsLink["Service"], settings: StreamSettings): NatsPublisher => {
  let inFlight = 0
  let inFlightBytes = 0

  const send = (subject: string, payload: Uint8Array, headers: MsgHdrs): Effect.Effect<void, NatsAway> =>
    Effect.suspend(() => {
      if (inFlight > 0 && (inFlight >= MAX_IN_FLIGHT || inFlightBytes + payload.byteLength > MAX_IN_FLIGHT_BYTES)) {
        return Effect.fail(new NatsAway({ cause: new Error("too many publications await their answer") }))
      }
      inFlight += 1
      inFlightBytes += payload.byteLength
      headers.set("Nats-Expected-Stream", STREAM)
      return link
        .use(async (connection) => {
          const answer = await connection.request(subject, payload, { headers, timeout: ACK_MS })
          const { error } = answer.json<PublishAnswer>()
          if (error !== undefined) throw new PublishRefused(error.err_code, error.description)
        })
        .pipe(
          Effect.ensuring(
            Effect.sync(() => {
              inFlight -= 1
              inFlightBytes -= payload.byteLength
            })
          )
        )
    })

  return {
    publish: Effect.fnUntraced(function* (frame, id) {
      const { max_payload } = (yield* link.use(async ({ info }) => info)) ?? { max_payload: 1024 ** 2 }
      const parts = splitFrame(frame, max_payload - HEADER_ROOM)
      const now = yield* Clock.currentTimeMillis
      let missing = frame.spans
      for (const [index, part] of parts.entries()) {
        missing -= part.spans
        const partId = parts.length === 1 ? id : `${id}.${index}`
        yield* send(frameSubject(settings), part.bytes, frameHeaders(partId, part, now))
      }
      if (missing > 0) {
        const loss = { spans: missing, reason: "too_large" }
        yield* send(lossSubject(settings), new Uint8Array(), lossHeaders(`${id}.lost`, loss))
      }
    }),
    publishLoss: (loss, id) => send(lossSubject(settings), new Uint8Array(), lossHeaders(id, loss))
  }
}

interface PublishAnswer {
  readonly error?: { readonly err_code: number; readonly description: string }
}

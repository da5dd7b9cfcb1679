import * as Effect from "effect/Effect"
import { createInbox, type Msg, type NatsConnection, nanos, type Subscription } from "nats"
import { readFrame } from "./frameHeaders.ts"
import type { NatsAway } from "./NatsAway.ts"
import type { NatsLink } from "./NatsLink.ts"
import { STREAM } from "./traceStream.ts"

/** A frame as it was delivered. */
export interface DeliveredFrame {
  readonly sequence: number
  readonly publishedAt: number
  readonly events: number
  readonly spans: number
  readonly bytes: Uint8Array
  /** Where the acknowledgement goes. */
  readonly reply: string
  /** Whether it was delivered before, to whomever. */
  readonly again: boolean
}

/**
 * `all`: as much came as was asked for. `none`: there is nothing more now. `gone`: the consumer was removed. `unheard`:
 * nobody answers, because there is no such consumer, it has no leader, or the server is slow.
 */
export type Pulled = "all" | "none" | "gone" | "unheard"

/** A pull that the server forgot, because it was restarted or its leader changed, is asked anew after this time more. */
const GRACE_MS = 2000
const WAIT_MS = 20_000
/** A pull that should have waited and was refused at once (there is no leader now) is not asked anew at once. */
const REFUSED_MS = 250
/** For an answer to a pull that does not wait. */
const PATIENCE_MS = 2000

/**
 * One consumer's end of the pull protocol. Frames are handed to `deliver` whenever they come, also those of a pull whose
 * caller was interrupted.
 */
export const makeFramePull = Effect.fnUntraced(function* (
  link: NatsLink["Service"],
  durable: string,
  deliver: (frame: DeliveredFrame) => void
) {
  const inbox = createInbox()
  let subscribed: { readonly connection: NatsConnection; readonly subscription: Subscription } | undefined
  let pulls = 0
  let pulling:
    | { readonly reply: string; readonly wait: boolean; remaining: number; readonly end: (outcome: Pulled) => void }
    | undefined

  const onMessage = (error: Error | null, message: Msg) => {
    if (error !== null) return
    const code = message.headers?.code ?? 0
    // What carries no acknowledgement is the server's word on a pull, and the client's own when nobody listens.
    if (code === 0) {
      deliver(frameOf(message))
      if (pulling !== undefined && --pulling.remaining <= 0) pulling.end("all")
      return
    }
    const refused = pulling
    if (refused === undefined || message.subject !== refused.reply) return
    if (code === 409 && /deleted/i.test(message.headers?.description ?? "")) refused.end("gone")
    else if (code === 503) refused.end("unheard")
    else if (!refused.wait || code === 408) refused.end("none")
    else setTimeout(() => refused.end("none"), REFUSED_MS)
  }

  const listen = (connection: NatsConnection) => {
    if (subscribed?.connection === connection && !subscribed.subscription.isClosed()) return
    subscribed = { connection, subscription: connection.subscribe(`${inbox}.*`, { callback: onMessage }) }
  }

  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      subscribed?.subscription.unsubscribe()
      pulling?.end("none")
    })
  )

  /** Asks for so many frames, of so many bytes together as the server counts them; waits for the first one or does not. */
  return (batch: number, maxBytes: number, wait: boolean): Effect.Effect<Pulled, NatsAway> =>
    link.use(
      (connection) =>
        new Promise<Pulled>((resolve) => {
          listen(connection)
          const reply = `${inbox}.${++pulls}`
          const timer = setTimeout(() => end("unheard"), wait ? WAIT_MS + GRACE_MS : PATIENCE_MS)
          const end = (outcome: Pulled) => {
            clearTimeout(timer)
            if (pulling === current) pulling = undefined
            resolve(outcome)
          }
          const current = { reply, wait, remaining: batch, end }
          pulling?.end("none")
          pulling = current
          const request = { batch, max_bytes: maxBytes, ...(wait ? { expires: nanos(WAIT_MS) } : { no_wait: true }) }
          connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${STREAM}.${durable}`, JSON.stringify(request), { reply })
        })
    )
})

const frameOf = (message: Msg): DeliveredFrame => {
  // $JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.…, with domain and account before the stream on newer servers.
  const parts = (message.reply ?? "").split(".")
  const from = parts.length === 9 ? 4 : 6
  return {
    ...readFrame(message.headers),
    sequence: Number(parts[from + 1]),
    bytes: message.data,
    reply: message.reply ?? "",
    again: Number(parts[from]) > 1
  }
}

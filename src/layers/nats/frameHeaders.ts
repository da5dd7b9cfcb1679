import { headers, type MsgHdrs } from "nats"
import type { Frame } from "../../services/trace/TraceBus.ts"

const FRAME = "Spangate-Frame"
const LOSS = "Spangate-Loss"
const MESSAGE_ID = "Nats-Msg-Id"
/** Added by the server where it sends headers alone. */
const SIZE = "Nats-Msg-Size"

/** Length, sequence, time and checksum of a record, and the lines around the headers. */
const RECORD_BYTES = 34 + "NATS/1.0\r\n\r\n".length

/** What a frame's message says of it outside its bytes, so that an account can be kept without reading them. */
export interface FrameFacts {
  readonly events: number
  readonly spans: number
  /** Unix milliseconds. */
  readonly publishedAt: number
}

export interface Loss {
  readonly spans: number
  readonly reason: string
}

export const frameHeaders = (id: string, frame: Pick<Frame, "events" | "spans">, publishedAt: number): MsgHdrs => {
  const all = headers()
  all.set(MESSAGE_ID, id)
  all.set(FRAME, `${frame.events} ${frame.spans} ${publishedAt}`)
  return all
}

export const lossHeaders = (id: string, { reason, spans }: Loss): MsgHdrs => {
  const all = headers()
  all.set(MESSAGE_ID, id)
  all.set(LOSS, `${spans} ${reason}`)
  return all
}

/** Whoever publishes to our subjects without our headers publishes frames of nothing: the exporter finds them corrupt. */
export const readFrame = (all: MsgHdrs | undefined): FrameFacts => {
  const [events = 0, spans = 0, publishedAt = 0] = (all?.get(FRAME) ?? "").split(" ").map(natural)
  return { events, spans, publishedAt }
}

export const readLoss = (all: MsgHdrs | undefined): Loss | undefined => {
  const [, spans = "", reason = ""] = /^(\d+) (.+)$/.exec(all?.get(LOSS) ?? "") ?? []
  return reason === "" ? undefined : { spans: natural(spans), reason }
}

export const readSize = (all: MsgHdrs | undefined): number => natural(all?.get(SIZE) ?? "")

/** Of a message in the server's file store, as it counts against the stream's bound. */
export const storedBytes = (subject: string, all: MsgHdrs | undefined): number => {
  let headers = 0
  for (const key of all?.keys() ?? []) {
    if (key !== SIZE) for (const value of all?.values(key) ?? []) headers += key.length + value.length + ": \r\n".length
  }
  return RECORD_BYTES + subject.length + headers + readSize(all)
}

const natural = (text: string): number => {
  const value = Number(text)
  return Number.isSafeInteger(value) && value > 0 ? value : 0
}

import * as Result from "effect/Result"
import type { DetectedResource } from "./resource.ts"
import type { CapturedEvent } from "./SpanPublisher.ts"
import { spanCount } from "./spanIds.ts"
import type { Frame } from "./TraceBus.ts"
import type { TraceEvent, TraceHeader } from "./TraceEvent.ts"
import { xxHash32 } from "./xxHash32.ts"

/*
 * All numbers are little-endian u32:
 *
 *   magic | version | checksum of all that follows | events | bytes of headers | in version 2: bytes of sender
 *   per event: bytes of request, bytes of response
 *   headers: one JSON array, UTF-8
 *   in version 2: the sender, who served the requests, one JSON object
 *   per event: request, response
 */
const MAGIC = 0x54475053 // "SPGT"
const WITHOUT_SENDER = 1
const WITH_SENDER = 2
const CHECKSUM_AT = 8
const SUMMED_FROM = 12
const PREAMBLE = 20
const SENDER_AT = 20
const PREAMBLE_WITH_SENDER = 24
const LENGTHS = 8

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A sender as frames carry it, to be made once. */
export const encodeSender = (sender: DetectedResource): Uint8Array => encoder.encode(JSON.stringify(sender))

/**
 * Packs events into one frame, and says who served them where the spans are not made in the same process. Its bytes fill an `ArrayBuffer` of exactly their size, so that it can be transferred to
 * a worker; bodies are copied once, and the events may be let go of.
 */
export const encodeFrame = (events: ReadonlyArray<CapturedEvent>, sender?: Uint8Array): Frame => {
  // One string and one pass of UTF-8 for all headers; JSON escapes lone surrogates, so nothing is lost in between.
  const headers = encoder.encode(JSON.stringify(events.map(headerOf)))
  const preamble = sender === undefined ? PREAMBLE : PREAMBLE_WITH_SENDER
  let size = preamble + LENGTHS * events.length + headers.byteLength + (sender?.byteLength ?? 0)
  for (const event of events) size += byteLength(event.request) + byteLength(event.response)

  const bytes = new Uint8Array(new ArrayBuffer(size))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, sender === undefined ? WITHOUT_SENDER : WITH_SENDER, true)
  view.setUint32(12, events.length, true)
  view.setUint32(16, headers.byteLength, true)

  let lengthAt = preamble
  let at = preamble + LENGTHS * events.length
  let spans = 0
  bytes.set(headers, at)
  at += headers.byteLength
  if (sender !== undefined) {
    view.setUint32(SENDER_AT, sender.byteLength, true)
    bytes.set(sender, at)
    at += sender.byteLength
  }
  for (const event of events) {
    const requestAt = at
    for (const chunk of event.request) {
      bytes.set(chunk, at)
      at += chunk.byteLength
    }
    const responseAt = at
    for (const chunk of event.response) {
      bytes.set(chunk, at)
      at += chunk.byteLength
    }
    view.setUint32(lengthAt, responseAt - requestAt, true)
    view.setUint32(lengthAt + 4, at - responseAt, true)
    lengthAt += LENGTHS
    spans += spanCount(event.header)
  }
  view.setUint32(CHECKSUM_AT, xxHash32(bytes, SUMMED_FROM), true)
  return { bytes, events: events.length, spans }
}

/** Unpacks a frame; the bodies are views of `bytes`. Never throws: what is no whole frame of a known version fails with the reason. */
export const decodeFrame = (bytes: Uint8Array): Result.Result<Array<TraceEvent>, string> => {
  if (bytes.byteLength < PREAMBLE) return Result.fail(`frame of ${bytes.byteLength} bytes is cut short`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== MAGIC) return Result.fail("not a frame")
  const version = view.getUint32(4, true)
  if (version !== WITHOUT_SENDER && version !== WITH_SENDER) {
    return Result.fail(`frame version ${version} is not known`)
  }
  const preamble = version === WITH_SENDER ? PREAMBLE_WITH_SENDER : PREAMBLE
  if (bytes.byteLength < preamble) return Result.fail(`frame of ${bytes.byteLength} bytes is cut short`)
  if (view.getUint32(CHECKSUM_AT, true) !== xxHash32(bytes, SUMMED_FROM)) return Result.fail("checksum does not match")

  const count = view.getUint32(12, true)
  const headersAt = preamble + LENGTHS * count
  const senderAt = headersAt + view.getUint32(16, true)
  let at = senderAt + (version === WITH_SENDER ? view.getUint32(SENDER_AT, true) : 0)
  if (at > bytes.byteLength) return Result.fail("lengths exceed the frame")
  const parsed = Result.all([
    parseHeaders(bytes.subarray(headersAt, senderAt)),
    version === WITH_SENDER ? parseSender(bytes.subarray(senderAt, at)) : Result.succeed(undefined)
  ])
  return Result.flatMap(parsed, ([headers, sender]) => {
    if (headers.length !== count) return Result.fail(`${headers.length} headers for ${count} events`)
    const events: Array<TraceEvent> = []
    for (const header of headers) {
      const lengthAt = preamble + LENGTHS * events.length
      const responseAt = at + view.getUint32(lengthAt, true)
      const end = responseAt + view.getUint32(lengthAt + 4, true)
      const event = { header, request: bytes.subarray(at, responseAt), response: bytes.subarray(responseAt, end) }
      events.push(sender === undefined ? event : { ...event, sender })
      at = end
    }
    return at === bytes.byteLength ? Result.succeed(events) : Result.fail("lengths do not add up to the frame")
  })
}

/** Events that were unpacked, packed again. */
export const repackEvents = (events: ReadonlyArray<TraceEvent>): Frame => {
  const sender = events[0]?.sender
  return encodeFrame(
    events.map(({ header, request, response }) => ({ header, request: [request], response: [response] })),
    sender === undefined ? undefined : encodeSender(sender)
  )
}

const headerOf = (event: CapturedEvent): TraceHeader => event.header

const byteLength = (chunks: ReadonlyArray<Uint8Array>): number => {
  let total = 0
  for (const chunk of chunks) total += chunk.byteLength
  return total
}

// The checksum and the version vouch for the shape of headers and sender: `encodeFrame` wrote them.
const parseHeaders = (json: Uint8Array): Result.Result<ReadonlyArray<TraceHeader>, string> =>
  Result.try({ try: () => JSON.parse(decoder.decode(json)), catch: () => "headers are not JSON" })

const parseSender = (json: Uint8Array): Result.Result<DetectedResource, string> =>
  Result.try({ try: () => JSON.parse(decoder.decode(json)), catch: () => "sender is not JSON" })

import { assert, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decodeFrame, encodeFrame, encodeSender, repackEvents } from "../../../src/services/trace/frame.ts"
import type { CapturedEvent } from "../../../src/services/trace/SpanPublisher.ts"
import { eventOf, headerOf } from "./capturedEvent.ts"

const Bytes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))).check(
  Schema.isMaxLength(40)
)
const Text = Schema.String.check(Schema.isMaxLength(20))

/** `eventOf("first", 3)`, by the program that knew of no other version. */
const FIRST_VERSION =
  "U1BHVAEAAABgtdXxAQAAAGEBAAADAAAAAAAAAFt7IndhbGxCYXNlIjoxNzAwMDAwMDAwMDAwLCJ0cmFjZUlkIjoiMGFmNzY1MTkxNmNkNDNkZDg0NDhlYjIxMWM4MDMxOWMiLCJzcGFuSWQiOiJiN2FkNmI3MTY5MjAzMzMxIiwiZmxhZ3MiOjEsInJlcXVlc3RJZCI6ImZpcnN0Iiwic3RhcnQiOjEuMjUsImVuZCI6MjAuNSwibWV0aG9kIjoiUE9TVCIsInBhdGgiOiIvdjEvY2hhdC9jb21wbGV0aW9ucyIsIm91dGNvbWUiOiJjb21wbGV0ZWQiLCJzdHJlYW1pbmciOmZhbHNlLCJyZXZpc2lvbiI6InIxIiwiYXR0ZW1wdHMiOltdLCJjYXB0dXJlIjoiZnVsbCIsImF1dGgiOnsic3RhcnQiOjEuNSwiZW5kIjoxLjc1LCJtZXRob2QiOiJhcGlfa2V5IiwicmVzdWx0Ijoib2sifX1dAAAA"

/** Fields of every kind, any of them free text. */
const Header = Schema.Struct({
  requestId: Text,
  path: Text,
  userAgent: Text,
  metadata: Text,
  teams: Schema.Array(Text).check(Schema.isMaxLength(3)),
  start: Schema.Finite,
  status: Schema.Int
})

const Events = Schema.Array(
  Schema.Struct({
    header: Header,
    request: Schema.Array(Bytes).check(Schema.isMaxLength(3)),
    response: Schema.Array(Bytes).check(Schema.isMaxLength(3))
  })
).check(Schema.isMaxLength(5))

const captured = (events: typeof Events.Type): ReadonlyArray<CapturedEvent> =>
  events.map(({ header, request, response }) => ({
    header: { ...headerOf(""), ...header },
    request: request.map((chunk) => Uint8Array.from(chunk)),
    response: response.map((chunk) => Uint8Array.from(chunk))
  }))

/** As it comes back: chunks put together, and what JSON has no sign for, the zero below zero, made plain. */
const expected = (events: ReadonlyArray<CapturedEvent>) =>
  events.map(({ header, request, response }) => ({
    header: JSON.parse(JSON.stringify(header)),
    request: Uint8Array.from(request.flatMap((chunk) => [...chunk])),
    response: Uint8Array.from(response.flatMap((chunk) => [...chunk]))
  }))

const sender = { version: "1", instanceId: "i-1", hostName: "héllo", platform: { "k8s.pod.name": "p" } }

it.prop("round trip with a sender, one object for all events", { events: Events }, ({ events }) => {
  const frame = repackEvents(Result.getOrThrow(decodeFrame(encodeFrame(captured(events), encodeSender(sender)).bytes)))
  const decoded = Result.getOrThrow(decodeFrame(frame.bytes))
  assert.deepStrictEqual(
    decoded,
    expected(captured(events)).map((event) => ({ ...event, sender }))
  )
  for (const event of decoded) assert.strictEqual(event.sender, decoded[0]?.sender)
})

it.prop("round trip", { events: Events }, ({ events }) => {
  const frame = encodeFrame(captured(events))
  assert.strictEqual(frame.events, events.length)
  assert.strictEqual(frame.spans, events.length)
  assert.deepStrictEqual(Result.getOrThrow(decodeFrame(frame.bytes)), expected(captured(events)))
})

it.prop(
  "a frame cut short anywhere fails with a reason",
  {
    events: Events,
    withSender: Schema.Boolean,
    at: Schema.Number.check(Schema.isBetween({ minimum: 0, maximum: 0.999 }))
  },
  ({ events, withSender, at }) => {
    const { bytes } = encodeFrame(captured(events), withSender ? encodeSender(sender) : undefined)
    const decoded = decodeFrame(bytes.subarray(0, Math.floor(bytes.length * at)))
    assert.isTrue(Result.isFailure(decoded) && decoded.failure.length > 0)
  }
)

it.prop(
  "a frame with a flipped bit fails with a reason",
  {
    events: Events,
    withSender: Schema.Boolean,
    at: Schema.Number.check(Schema.isBetween({ minimum: 0, maximum: 0.999 })),
    bit: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 7 }))
  },
  ({ events, withSender, at, bit }) => {
    const { bytes } = encodeFrame(captured(events), withSender ? encodeSender(sender) : undefined)
    const index = Math.floor(bytes.length * at)
    bytes[index] = (bytes[index] ?? 0) ^ (1 << bit)
    const decoded = decodeFrame(bytes)
    assert.isTrue(Result.isFailure(decoded) && decoded.failure.length > 0)
  }
)

it.prop("no bytes make it throw", { bytes: Bytes }, ({ bytes }) => {
  assert.isTrue(Result.isFailure(decodeFrame(Uint8Array.from(bytes))))
})

it("text of every kind comes back as it was", () => {
  const requestId = "héllo \u{1F600} \ud800 \udc00x \u0000 \u2028 \ufeff 日本"
  const { bytes } = encodeFrame([eventOf(requestId)])
  const [event] = Result.getOrThrow(decodeFrame(bytes))
  assert.strictEqual(event?.header.requestId, requestId)
})

it("a frame fills its buffer, so that it can be transferred, and lives anywhere in another", () => {
  const { bytes, spans } = encodeFrame([eventOf("a", 10), eventOf("b")])
  assert.strictEqual(spans, 4)
  assert.strictEqual(bytes.buffer.byteLength, bytes.byteLength)
  assert.isTrue(bytes.buffer instanceof ArrayBuffer)
  const elsewhere = new Uint8Array(bytes.byteLength + 9)
  elsewhere.set(bytes, 3)
  const within = elsewhere.subarray(3, 3 + bytes.byteLength)
  const events = Result.getOrThrow(decodeFrame(within))
  assert.strictEqual(events[0]?.request.byteLength, 10)
  assert.strictEqual(events[0]?.request.buffer, elsewhere.buffer)
})

it("a frame without a sender is of the first version, which everybody reads; one with a sender is of the second", () => {
  assert.strictEqual(encodeFrame([eventOf("a")]).bytes[4], 1)
  assert.strictEqual(encodeFrame([eventOf("a")], encodeSender(sender)).bytes[4], 2)
})

it("a frame of the first version, as it was written before there was a second, is still read", () => {
  const bytes = Buffer.from(FIRST_VERSION, "base64")
  const [event, ...others] = Result.getOrThrow(decodeFrame(bytes))
  assert.strictEqual(others.length, 0)
  assert.deepStrictEqual([event?.header.requestId, event?.sender], ["first", undefined])
  assert.deepStrictEqual(encodeFrame([eventOf("first", 3)]).bytes, Uint8Array.from(bytes))
})

it("a frame of a later version is refused by its number", () => {
  const { bytes } = encodeFrame([eventOf("a")])
  bytes[4] = 3
  assert.deepStrictEqual(decodeFrame(bytes), Result.fail("frame version 3 is not known"))
})

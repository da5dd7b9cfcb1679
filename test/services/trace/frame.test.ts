import { assert, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decodeFrame, encodeFrame } from "../../../src/services/trace/frame.ts"
import type { CapturedEvent } from "../../../src/services/trace/SpanPublisher.ts"
import { eventOf, headerOf } from "./capturedEvent.ts"

const Bytes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))).check(
  Schema.isMaxLength(40)
)
const Text = Schema.String.check(Schema.isMaxLength(20))

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

it.prop("round trip", { events: Events }, ({ events }) => {
  const frame = encodeFrame(captured(events))
  assert.strictEqual(frame.events, events.length)
  assert.strictEqual(frame.spans, events.length)
  assert.deepStrictEqual(Result.getOrThrow(decodeFrame(frame.bytes)), expected(captured(events)))
})

it.prop(
  "a frame cut short anywhere fails with a reason",
  { events: Events, at: Schema.Number.check(Schema.isBetween({ minimum: 0, maximum: 0.999 })) },
  ({ events, at }) => {
    const { bytes } = encodeFrame(captured(events))
    const decoded = decodeFrame(bytes.subarray(0, Math.floor(bytes.length * at)))
    assert.isTrue(Result.isFailure(decoded) && decoded.failure.length > 0)
  }
)

it.prop(
  "a frame with a flipped bit fails with a reason",
  {
    events: Events,
    at: Schema.Number.check(Schema.isBetween({ minimum: 0, maximum: 0.999 })),
    bit: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 7 }))
  },
  ({ events, at, bit }) => {
    const { bytes } = encodeFrame(captured(events))
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

it("a frame of a later version is refused by its number", () => {
  const { bytes } = encodeFrame([eventOf("a")])
  bytes[4] = 2
  assert.deepStrictEqual(decodeFrame(bytes), Result.fail("frame version 2 is not known"))
})

import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { splitFrame } from "../../../src/layers/nats/splitFrame.ts"
import { decodeFrame, encodeFrame, encodeSender } from "../../../src/services/trace/frame.ts"
import type { TraceHeader } from "../../../src/services/trace/TraceEvent.ts"

const header: TraceHeader = {
  wallBase: 0,
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 1,
  requestId: "r",
  start: 1,
  end: 2,
  method: "POST",
  path: "/v1/chat/completions",
  outcome: "completed",
  streaming: false,
  revision: "r1",
  attempts: [],
  capture: "full"
}
const event = (id: number, size: number) => ({
  header: { ...header, requestId: String(id) },
  request: [new Uint8Array(size).fill(id)],
  response: [new Uint8Array(size).fill(id + 100)]
})
const eventsOf = (bytes: Uint8Array) => Result.getOrThrow(decodeFrame(bytes))

describe("a frame larger than a message may be", () => {
  it("that fits is left as it is", () => {
    const frame = encodeFrame([event(1, 10)])
    assert.deepStrictEqual(splitFrame(frame, frame.bytes.length), [frame])
  })

  it("says in each of its pieces who served, also where bodies are cut", () => {
    const sender = { version: "1", instanceId: "i", hostName: "h" }
    const frame = encodeFrame([event(1, 50_000), event(2, 50_000), event(3, 300_000)], encodeSender(sender))
    const parts = splitFrame(frame, 128 * 1024)
    assert.isAbove(parts.length, 1)
    assert.strictEqual(
      parts.reduce((sum, part) => sum + part.events, 0),
      3
    )
    for (const { bytes } of parts) for (const each of eventsOf(bytes)) assert.deepStrictEqual(each.sender, sender)
  })

  it("is split by events, in their order, with nothing lost", () => {
    const all = Array.from({ length: 20 }, (_, index) => event(index, 5000 * (1 + (index % 3))))
    const frame = encodeFrame(all)
    const parts = splitFrame(frame, 64 * 1024)
    assert.isTrue(parts.every(({ bytes }) => bytes.length <= 64 * 1024))
    assert.strictEqual(
      parts.reduce((sum, { spans }) => sum + spans, 0),
      frame.spans
    )
    assert.deepStrictEqual(
      parts.flatMap(({ bytes }) => eventsOf(bytes)),
      eventsOf(frame.bytes)
    )
  })

  it("with one event in it has the bodies cut, and says how long they were", () => {
    const [part, ...others] = splitFrame(encodeFrame([event(1, 1_000_000)]), 512 * 1024)
    assert.strictEqual(others.length, 0)
    assert.isAtMost(part?.bytes.length ?? 0, 512 * 1024)
    const [cut] = eventsOf(part?.bytes ?? new Uint8Array())
    assert.deepStrictEqual([cut?.header.requestBytes, cut?.header.responseBytes], [1_000_000, 1_000_000])
    assert.isAbove(cut?.request.length ?? 0, 200_000)
    assert.strictEqual(cut?.header.responseTailAt, (cut?.response.length ?? 0) - 16 * 1024)
  })

  it("that is no frame cannot be split", () => {
    assert.deepStrictEqual(splitFrame({ bytes: new Uint8Array(100), events: 1, spans: 1 }, 50), [])
  })
})

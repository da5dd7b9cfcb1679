import type { HrTime, Link } from "@opentelemetry/api"
import type { ReadableSpan, TimedEvent } from "@opentelemetry/sdk-trace-base"
import { writeAttributes } from "./encodeAttributes.ts"
import { utf8Size, type Writer } from "./encodeWriter.ts"
import { KIND_OFFSET, spanFlags } from "./spanFields.ts"

/** A `Span` message without its tag and length. Its fields come in the order of their numbers. */
export const writeSpan = (writer: Writer, span: ReadableSpan): void => {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext()
  const parent = span.parentSpanContext
  writer.reserve(96)
  writer.byte(0x0a)
  writer.byte(16)
  writer.hex(traceId, 16)
  writer.byte(0x12)
  writer.byte(8)
  writer.hex(spanId, 8)
  writeText(writer, 0x1a, traceState?.serialize() ?? "")
  if (parent !== undefined && parent.spanId !== "") {
    writer.reserve(10)
    writer.byte(0x22)
    writer.byte(8)
    writer.hex(parent.spanId, 8)
  }
  writeText(writer, 0x2a, span.name)
  writer.reserve(24)
  writer.byte(0x30)
  writer.byte(span.kind + KIND_OFFSET)
  writer.byte(0x39)
  writeTime(writer, span.startTime)
  writer.byte(0x41)
  writeTime(writer, span.endTime)
  writeAttributes(writer, 0x4a, span.attributes)
  writeCount(writer, 0x50, span.droppedAttributesCount)
  for (const event of span.events) writeEvent(writer, event)
  writeCount(writer, 0x60, span.droppedEventsCount)
  for (const link of span.links) writeLink(writer, link)
  writeCount(writer, 0x70, span.droppedLinksCount)
  writeStatus(writer, span.status.code, span.status.message ?? "")
  // Field 16, whose tag takes two bytes.
  writer.reserve(8)
  writer.byte(0x85)
  writer.byte(0x01)
  writer.fixed32(spanFlags(traceFlags, parent?.isRemote))
}

const writeEvent = (writer: Writer, event: TimedEvent): void => {
  writer.reserve(16)
  writer.byte(0x5a)
  const start = writer.begin(1)
  writer.byte(0x09)
  writeTime(writer, event.time)
  writeText(writer, 0x12, event.name)
  if (event.attributes !== undefined) writeAttributes(writer, 0x1a, event.attributes)
  writeCount(writer, 0x20, event.droppedAttributesCount ?? 0)
  writer.end(start, 1)
}

const writeLink = (writer: Writer, { context, attributes, droppedAttributesCount }: Link): void => {
  writer.reserve(32)
  writer.byte(0x6a)
  const start = writer.begin(1)
  writer.byte(0x0a)
  writer.byte(16)
  writer.hex(context.traceId, 16)
  writer.byte(0x12)
  writer.byte(8)
  writer.hex(context.spanId, 8)
  writeText(writer, 0x1a, context.traceState?.serialize() ?? "")
  if (attributes !== undefined) writeAttributes(writer, 0x22, attributes)
  writeCount(writer, 0x28, droppedAttributesCount ?? 0)
  writer.reserve(5)
  writer.byte(0x35)
  writer.fixed32(spanFlags(context.traceFlags, context.isRemote))
  writer.end(start, 1)
}

const writeStatus = (writer: Writer, code: number, message: string): void => {
  if (code === 0 && message === "") return
  writer.reserve(2)
  writer.byte(0x7a)
  const start = writer.begin(1)
  writeText(writer, 0x12, message)
  writer.reserve(2)
  if (code !== 0) {
    writer.byte(0x18)
    writer.byte(code)
  }
  writer.end(start, 1)
}

/** Nothing for an empty text, which is what a missing field means. */
export const writeText = (writer: Writer, tag: number, text: string): void => {
  if (text === "") return
  const size = utf8Size(text)
  writer.reserve(6 + size)
  writer.byte(tag)
  writer.varint(size)
  writer.text(text, size)
}

const writeCount = (writer: Writer, tag: number, count: number): void => {
  if (count === 0) return
  writer.reserve(6)
  writer.byte(tag)
  writer.varint(count)
}

/**
 * Nanoseconds since 1970, which a double cannot hold: seconds are split at 2^16, so that each product stays exact,
 * and put together in two halves of 32 bits.
 */
const writeTime = (writer: Writer, [seconds, nanos]: HrTime): void => {
  const lower = (seconds % 0x10000) * 1e9 + nanos
  const upper = Math.floor(seconds / 0x10000) * 1e9
  const low = (lower % 0x100000000) + (upper % 0x10000) * 0x10000
  const carry = low >= 0x100000000 ? 1 : 0
  const high = Math.floor(lower / 0x100000000) + Math.floor(upper / 0x10000) + carry
  writer.fixed64(low >>> 0, high >>> 0)
}

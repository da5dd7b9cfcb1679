import type { Attributes, Link } from "@opentelemetry/api"
import { resourceFromAttributes } from "@opentelemetry/resources"
import type { ReadableSpan, TimedEvent } from "@opentelemetry/sdk-trace-base"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { attributes } from "../../../src/services/trace/attributes.ts"
import { traceState } from "../../../src/services/trace/traceState.ts"

const int = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

const oneOf = <const A>(values: ReadonlyArray<A>): Arbitrary.Arbitrary<A> =>
  Arbitrary.map(int(0, values.length - 1), (index) => values[index] as A)

/** Text of every kind: ASCII over and under each length limit, two to four bytes a character, halves of characters, NUL. */
export const text: Arbitrary.Arbitrary<string> = Arbitrary.map(
  Arbitrary.array(
    oneOf([
      "a",
      "word ",
      "\u0000",
      "é",
      "漢",
      "\u{1f600}",
      "\ud83d",
      "\ude00",
      '\\"\n',
      "x".repeat(33),
      "y".repeat(130),
      "é".repeat(90)
    ]),
    { maxLength: 8 }
  ),
  (parts) => parts.join("")
)

const number = oneOf([
  0,
  1,
  2,
  -1,
  127,
  128,
  300,
  0.5,
  -0.1,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  2 ** 62,
  -(2 ** 63),
  2 ** 63,
  1e300,
  5e-324,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY
])

const scalar = Arbitrary.flatMap(oneOf(["text", "number", "bool", "nothing"]), (kind): Arbitrary.Arbitrary<unknown> => {
  if (kind === "text") return text
  if (kind === "number") return number
  return kind === "bool" ? oneOf([true, false]) : oneOf([null, undefined])
})

const value = (depth: number): Arbitrary.Arbitrary<unknown> =>
  Arbitrary.flatMap(oneOf(["scalar", "scalar", "list", "record", "bytes"]), (kind): Arbitrary.Arbitrary<unknown> => {
    if (kind === "scalar" || depth === 0) return scalar
    if (kind === "bytes") return Arbitrary.map(text, (content) => Buffer.from(content))
    const items = Arbitrary.array(value(depth - 1), { maxLength: 3 })
    if (kind === "list") return items
    return Arbitrary.map(items, (values) => Object.fromEntries(values.map((item, index) => [`k${index}`, item])))
  })

const key = Arbitrary.flatMap(oneOf(["known", "known", "unknown"]), (kind) =>
  kind === "known" ? oneOf([...attributes.keys()]) : Arbitrary.map(text, (name) => name)
)

const attributeMap = (maxLength: number): Arbitrary.Arbitrary<Attributes> =>
  Arbitrary.map(
    Arbitrary.array(Arbitrary.all([key, value(4)]), { maxLength }),
    // The API's type knows no nested values; OTLP and the encoder do.
    (entries) => Object.fromEntries(entries) as Attributes
  )

const hex = (digits: number) =>
  Arbitrary.map(Arbitrary.array(int(0, 15), { minLength: digits, maxLength: digits }), (nibbles) =>
    nibbles.map((nibble) => nibble.toString(16)).join("")
  )

const time = Arbitrary.map(
  Arbitrary.all([oneOf([0, 1, 65_535, 65_536, 1_764_000_000, 4_102_444_800]), oneOf([0, 1, 999_999_999, 123_456_789])]),
  ([seconds, nanos]): [number, number] => [seconds, nanos]
)

const context = Arbitrary.map(
  Arbitrary.all({
    traceId: hex(32),
    spanId: hex(16),
    traceFlags: int(0, 255),
    state: oneOf(["", "foo=1", "foo=1,bar=2"])
  }),
  ({ state, ...rest }) => (state === "" ? rest : { ...rest, traceState: traceState(state) })
)

const event: Arbitrary.Arbitrary<TimedEvent> = Arbitrary.all({
  time,
  name: text,
  attributes: attributeMap(3),
  droppedAttributesCount: oneOf([0, 1, 200])
})

const link: Arbitrary.Arbitrary<Link> = Arbitrary.all({
  context: Arbitrary.map(Arbitrary.all([context, oneOf([true, false])]), ([linked, isRemote]) => ({
    ...linked,
    isRemote
  })),
  attributes: attributeMap(2),
  droppedAttributesCount: oneOf([0, 7])
})

export const resource = resourceFromAttributes({ "service.name": "spangate", "host.name": "h" })
export const scope = { name: "spangate", version: "0.1.0" }

export const span: Arbitrary.Arbitrary<ReadableSpan> = Arbitrary.map(
  Arbitrary.all({
    name: text,
    kind: oneOf([0, 1, 2, 3, 4]),
    context,
    parent: oneOf(["none", "local", "remote"]),
    parentId: hex(16),
    startTime: time,
    endTime: time,
    code: oneOf([0, 1, 2]),
    message: text,
    attributes: attributeMap(20),
    events: Arbitrary.array(event, { maxLength: 2 }),
    links: Arbitrary.array(link, { maxLength: 2 }),
    dropped: oneOf([0, 1, 300])
  }),
  ({ context, parent, parentId, code, message, dropped, ...rest }) => ({
    ...rest,
    spanContext: () => context,
    ...(parent === "none"
      ? {}
      : { parentSpanContext: { ...context, spanId: parentId, isRemote: parent === "remote" } }),
    status: message === "" ? { code } : { code, message },
    duration: [0, 0] as [number, number],
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: dropped,
    droppedEventsCount: dropped,
    droppedLinksCount: dropped
  })
)

/** A span with these attributes and nothing remarkable besides. */
export const spanWith = (attributes: Attributes, more: Partial<ReadableSpan> = {}): ReadableSpan => ({
  name: "n",
  kind: 0,
  spanContext: () => ({ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 }),
  startTime: [1, 0],
  endTime: [2, 0],
  duration: [1, 0],
  ended: true,
  status: { code: 0 },
  attributes,
  events: [],
  links: [],
  resource,
  instrumentationScope: scope,
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
  ...more
})

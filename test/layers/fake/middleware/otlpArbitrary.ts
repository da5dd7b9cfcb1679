import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type {
  AnyValue,
  ExportTraceServiceRequest,
  KeyValue,
  OtlpSpan
} from "../../../../src/layers/fake/middleware/OtlpTrace.ts"

const U64 = 2n ** 64n - 1n

const uint64 = Arbitrary.schema(Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: U64 })))
const int64 = Arbitrary.schema(
  Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: -(2n ** 63n), maximum: 2n ** 63n - 1n }))
)
const uint32 = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 32 - 1 })))
const small = (maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum })))
// A lone surrogate has no UTF-8, so an encoder cannot carry it.
const text = Arbitrary.map(Arbitrary.schema(Schema.String.check(Schema.isMaxLength(20))), (value) =>
  value.toWellFormed()
)
const list = <A>(item: Arbitrary.Arbitrary<A>, maximum = 3) => Arbitrary.array(item, { maxLength: maximum })
const hex = (value: bigint, digits: number) => value.toString(16).padStart(digits, "0")

const spanId = Arbitrary.map(uint64, (value) => hex(value, 16))
const optionalSpanId = Arbitrary.map(Arbitrary.all([spanId, small(3)]), ([id, one]) => (one === 0 ? "" : id))
const traceId = Arbitrary.map(Arbitrary.all([spanId, spanId]), ([high, low]) => high + low)

const scalar: Arbitrary.Arbitrary<AnyValue> = Arbitrary.map(
  Arbitrary.all([small(5), text, int64, Arbitrary.schema(Schema.Finite), list(small(255), 5)]),
  ([which, string, int, double, bytes]): AnyValue => {
    switch (which) {
      case 0:
        return { stringValue: string }
      case 1:
        return { boolValue: int > 0n }
      case 2:
        return { intValue: int }
      case 3:
        // Minus zero is zero in JSON.
        return { doubleValue: double + 0 }
      case 4:
        return { bytesValue: Uint8Array.from(bytes) }
      default:
        return {}
    }
  }
)

const pair = (value: Arbitrary.Arbitrary<AnyValue>): Arbitrary.Arbitrary<KeyValue> =>
  Arbitrary.all({ key: text, value })

const value: Arbitrary.Arbitrary<AnyValue> = Arbitrary.map(
  Arbitrary.all([small(3), scalar, list(scalar), list(pair(scalar))]),
  ([which, one, values, pairs]): AnyValue =>
    which === 0
      ? { arrayValue: { values } }
      : which === 1
        ? { kvlistValue: { values: [...pairs, { key: "nested", value: { arrayValue: { values } } }] } }
        : one
)

const attributed = { attributes: list(pair(value)), droppedAttributesCount: uint32 }

const span: Arbitrary.Arbitrary<OtlpSpan> = Arbitrary.all({
  traceId,
  spanId,
  traceState: text,
  parentSpanId: optionalSpanId,
  flags: uint32,
  name: text,
  kind: small(5),
  startTimeUnixNano: uint64,
  endTimeUnixNano: uint64,
  ...attributed,
  events: list(Arbitrary.all({ timeUnixNano: uint64, name: text, ...attributed }), 2),
  droppedEventsCount: uint32,
  links: list(Arbitrary.all({ traceId, spanId, traceState: text, ...attributed, flags: uint32 }), 2),
  droppedLinksCount: uint32,
  status: Arbitrary.all({ message: text, code: small(2) })
})

/** Any export, with every field of the .proto files in it now and then. */
export const exportRequest: Arbitrary.Arbitrary<ExportTraceServiceRequest> = Arbitrary.all({
  resourceSpans: list(
    Arbitrary.all({
      resource: Arbitrary.all(attributed),
      scopeSpans: list(
        Arbitrary.all({
          scope: Arbitrary.all({ name: text, version: text, ...attributed }),
          spans: list(span),
          schemaUrl: text
        }),
        2
      ),
      schemaUrl: text
    }),
    2
  )
})

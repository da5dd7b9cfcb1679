import type { HeldSpan } from "../../../../src/layers/fake/middleware/HeldTraces.ts"
import {
  emptyResource,
  emptyScope,
  emptySpan,
  type KeyValue
} from "../../../../src/layers/fake/middleware/OtlpTrace.ts"

export const SERVER = 2
export const CLIENT = 3
export const PRODUCER = 4
export const CONSUMER = 5
export const INTERNAL = 1

export const textAttributes = (attributes: { readonly [key: string]: string }): Array<KeyValue> =>
  Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }))

/** A held span in few words. */
export const heldSpan = (input: {
  readonly service?: string
  readonly trace: string
  readonly id: string
  readonly parent?: string
  readonly kind: number
  readonly ms: number
  readonly failed?: boolean
  readonly attributes?: { readonly [key: string]: string }
}): HeldSpan => ({
  span: {
    ...emptySpan(),
    traceId: input.trace,
    spanId: input.id,
    parentSpanId: input.parent ?? "",
    kind: input.kind,
    startTimeUnixNano: 1_700_000_000_000_000_000n,
    endTimeUnixNano: 1_700_000_000_000_000_000n + BigInt(input.ms) * 1_000_000n,
    attributes: textAttributes(input.attributes ?? {}),
    status: { message: "", code: input.failed === true ? 2 : 0 }
  },
  resource: {
    ...emptyResource(),
    attributes: input.service === undefined ? [] : textAttributes({ "service.name": input.service })
  },
  scope: emptyScope(),
  schemaUrl: "",
  service: input.service
})
